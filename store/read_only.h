#pragma once

#include <filesystem>

#include <SQLiteCpp/Database.h>

namespace attnsweep::store {

/// Removes, when it is destroyed, the files that reading a database in WAL mode leaves beside it (a read-only connection
/// of SQLite makes them and never removes them). It must be made before the connection and destroyed after it. What a
/// killed writer left in a WAL stays, and so does everything that another process uses, or that a user who cannot write the
/// database finds.
class FilesOfReading {
public:
    FilesOfReading() = default;
    /// `with_all`: also what a writer left in a WAL, which becomes part of the database.
    explicit FilesOfReading(const std::filesystem::path& path, bool with_all = false);
    ~FilesOfReading();
    FilesOfReading(FilesOfReading&& other) noexcept;
    FilesOfReading& operator=(FilesOfReading&&) = delete;

private:
    std::filesystem::path path_;
    bool were_there_ = false;
};

/// A database opened for reading. `alone`: without SQLite's locks, since no file can or may be made beside it (read-only
/// media, a full disk, a user who cannot write the database) and no process wrote it when it was opened: what one writes
/// later may be read in part. Other connections cannot attach it.
struct OpenedToRead {
    FilesOfReading beside;
    SQLite::Database database;
    bool alone = false;
};

/// Opens a database for reading, also on read-only media and with what a killed writer left in a WAL. `stands_still`: it is
/// known that nobody writes. Throws SQLite::Exception.
OpenedToRead open_read_only(const std::filesystem::path& path, bool stands_still);

}  // namespace attnsweep::store
