#include "data/hdf5_session.h"

#include <cstdlib>
#include <cstring>

#include <hdf5.h>

namespace attnsweep::data {
namespace {

std::mutex& hdf5_mutex()
{
    static std::mutex mutex;
    return mutex;
}

// The outermost entry names the call, the innermost the reason; a failed system call is given as "errno = 28, ...".
herr_t collect(unsigned, const H5E_error2_t* entry, void* data)
{
    auto& reason = *static_cast<Hdf5Reason*>(data);
    if (entry->desc == nullptr) {
        return 0;
    }
    reason.text = entry->desc;
    if (const char* number = std::strstr(entry->desc, "errno = "); number != nullptr && reason.code == 0) {
        reason.code = std::atoi(number + std::strlen("errno = "));
    }
    return 0;
}

}  // namespace

struct Hdf5Session::Printer {
    H5E_auto2_t function = nullptr;
    void* data = nullptr;
};

Hdf5Session::Hdf5Session() : lock_(hdf5_mutex()), printer_(std::make_unique<Printer>())
{
    // Files are closed one by one. At the program's end the library would close what a damaged file has left open within
    // it, and complain on the terminal that it cannot.
    [[maybe_unused]] static const herr_t never_at_exit = H5dont_atexit();
    H5Eget_auto2(H5E_DEFAULT, &printer_->function, &printer_->data);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Session::~Hdf5Session()
{
    H5Eset_auto2(H5E_DEFAULT, printer_->function, printer_->data);
}

Hdf5Reason last_hdf5_reason()
{
    Hdf5Reason reason;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, collect, &reason);
    if (reason.code != 0) {
        reason.text = std::strerror(reason.code);
    }
    return reason;
}

std::string hdf5_version()
{
    const Hdf5Session session;
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

}  // namespace attnsweep::data
