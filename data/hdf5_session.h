#pragma once

#include <memory>
#include <mutex>
#include <string>

namespace attnsweep::data {

/// Gives one thread exclusive use of HDF5 during its lifetime, since Debian's library is not thread-safe, and keeps
/// HDF5 from printing errors.
class Hdf5Session {
public:
    Hdf5Session();
    ~Hdf5Session();
    Hdf5Session(const Hdf5Session&) = delete;
    Hdf5Session& operator=(const Hdf5Session&) = delete;

private:
    struct Printer;
    std::unique_lock<std::mutex> lock_;
    std::unique_ptr<Printer> printer_;
};

/// Why HDF5's last call failed.
struct Hdf5Reason {
    std::string text;  ///< empty: HDF5 says nothing
    int code = 0;      ///< errno of a system call that failed; 0: none did
};

/// Returns why the last call failed. Requires an Hdf5Session.
Hdf5Reason last_hdf5_reason();

/// Returns the version of the library that is loaded: "1.10.8".
std::string hdf5_version();

}  // namespace attnsweep::data
