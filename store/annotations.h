#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "store/connection.h"
#include "store/store.h"

namespace attnsweep::store {

/// What a person said of a sweep or a trial beside its settings: that it is hidden, a tag, a note. None of it is part of a
/// trial's identity. Each is first a file in `results.db.d/annotations/`, which anyone who may write there can add while a
/// sweep runs; who holds the store's lease takes it into the database. Of what was said of the same thing, the newest counts.
struct Annotation {
    enum class Kind { hidden, tag, note };
    Kind kind = Kind::note;
    std::string sweep = {};        ///< its name; empty: of a trial
    std::string fingerprint = {};  ///< of the sweep's revision; empty: of all
    std::string trial_id = {};     ///< empty: of a sweep
    std::string key = {};          ///< a tag's name
    std::string value = {};        ///< hidden: "1" or "0"; empty: removes a tag or a note
    // Filled in by write_annotation().
    std::string name = {};     ///< of its file, without ".json"; later ones sort after earlier ones
    std::string author = {};   ///< user@host
    std::string made_at = {};  ///< UTC, ISO 8601
};

/// Writes the annotation's file durably. Throws files::Error.
void write_annotation(const std::filesystem::path& store_folder, Annotation annotation);

/// Reads all files by name. Adds one line per unreadable file to `damaged`. No folder: none.
std::vector<Annotation> read_annotations(const std::filesystem::path& store_folder, std::vector<std::string>& damaged);

/// Inserts a row of annotations, its nine columns, unless there is a newer one of the same thing.
inline constexpr const char* insert_annotation_sql =
    "INSERT INTO annotations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, "
    "name = excluded.name, author = excluded.author, made_at = excluded.made_at WHERE excluded.name > name";

/// Inserts the annotation unless the database has a newer one of the same thing. Inside the caller's transaction.
/// Returns how many rows changed: 1 or 0.
int insert_annotation(Connection& connection, const Annotation& annotation);

/// Returns the SQL condition that the trial is hidden itself, one look-up by the whole key. `trial_id`: the column of its id.
std::string is_hidden_trial(const std::string& trial_id);

/// Returns the SQL condition that the sweep is hidden, one look-up by the whole key. `sweep`: the column of its name.
std::string is_hidden_sweep(const std::string& sweep);

/// Takes files into the database; each once, so that it can be asked often. Used by whoever holds the store's lease.
class AnnotationInbox {
public:
    /// Takes in the files that it has not taken in before, in one transaction. A file that cannot be read is left for
    /// `store verify` to name. Returns how many rows changed: what the database says already changes none. Throws Error.
    int take_in(Store& store);

private:
    std::set<std::string> taken_;  ///< names of files
};

/// Writes annotations for a sweep's run that is recorded in `store`, of its newest revision, and takes them in; leaves out
/// what the store says already, so that the same command can be run again. Throws Error, files::Error.
void annotate_revision(Store& store, const std::string& sweep, const std::vector<Annotation>& annotations);

/// Writes an annotation of a whole sweep or a trial and takes it in, unless something was ever said of the same thing. For
/// whoever holds the lease. Throws Error, files::Error.
void annotate_once(Store& store, const Annotation& annotation);

/// Writes the annotation to the folder of each store (parts of a folder of stores). Where no run writes a store, takes it in at
/// once, under the store's lease. Returns one line per store whose run will take it in. Throws Error, files::Error.
std::vector<std::string> annotate(const Store& store, const Annotation& annotation);

/// What is wrong with a tag's name: empty, or words for a message. Letters, digits and "_", at most 64, no digit first.
std::string wrong_tag_name(const std::string& key);

}  // namespace attnsweep::store
