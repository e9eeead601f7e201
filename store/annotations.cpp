#include "store/annotations.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pwd.h>
#include <unistd.h>

#include "configs/json_reason.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "files/folders.h"
#include "files/host_name.h"
#include "files/lease.h"
#include "store/published_store.h"
#include "store/result_rows.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<std::pair<Annotation::Kind, const char*>, 3> kinds{
    {{Annotation::Kind::hidden, "hidden"}, {Annotation::Kind::tag, "tag"}, {Annotation::Kind::note, "note"}}};

const char* name_of(Annotation::Kind kind)
{
    return std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == kind; })->second;
}

fs::path annotations_folder(const fs::path& store_folder)
{
    return store_folder / "annotations";
}

/// The condition that the newest word on this sweep or trial, each an SQL expression, hides it.
std::string is_hidden(const std::string& sweep, const std::string& trial_id)
{
    return "EXISTS (SELECT 1 FROM annotations AS hiding WHERE hiding.sweep = " + sweep +
           " AND hiding.fingerprint = '' AND hiding.trial_id = " + trial_id +
           " AND hiding.kind = 'hidden' AND hiding.key = '' AND hiding.value = '1')";
}

std::string user_and_host()
{
    const passwd* const user = ::getpwuid(::getuid());
    return (user == nullptr ? fmt::format("uid {}", ::getuid()) : std::string(user->pw_name)) + "@" +
           files::host_name();
}

std::vector<std::string> names_in_folder(const fs::path& store_folder)
{
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator entry(annotations_folder(store_folder), code), end; !code && entry != end;
         entry.increment(code)) {
        const fs::path file = entry->path().filename();
        if (file.extension() == ".json") {
            names.push_back(file.stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// A name that sorts after all that are there, also those of a machine whose clock is ahead: who hides and then shows again, on
/// another machine, means the latter.
std::string new_name(const fs::path& store_folder)
{
    static int count = 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::uint64_t time = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    if (const std::vector<std::string> names = names_in_folder(store_folder); !names.empty()) {
        time = std::max<std::uint64_t>(time, std::strtoull(names.back().c_str(), nullptr, 10) + 1);
    }
    return fmt::format("{:020}-{}-{}-{}", time, files::host_name(), ::getpid(), ++count);
}

Annotation annotation_from(const std::string& text, std::string name)
{
    const json content = json::parse(text);
    Annotation annotation;
    const std::string kind = content.at("kind");
    const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.second == kind; });
    if (known == kinds.end()) {
        throw files::Error(name, "is an annotation of kind \"" + kind + "\", which this version does not know", 0);
    }
    annotation.kind = known->first;
    content.at("sweep").get_to(annotation.sweep);
    content.at("fingerprint").get_to(annotation.fingerprint);
    content.at("trial").get_to(annotation.trial_id);
    content.at("key").get_to(annotation.key);
    content.at("value").get_to(annotation.value);
    content.at("author").get_to(annotation.author);
    content.at("made_at").get_to(annotation.made_at);
    annotation.name = std::move(name);
    return annotation;
}

/// Nothing if it is none or cannot be read, which adds a line to `damaged`. `can_be_read`: false if it may be read another time.
std::optional<Annotation> read_annotation(const fs::path& store_folder, const std::string& name,
                                          std::vector<std::string>& damaged, bool& can_be_read)
{
    can_be_read = true;
    const fs::path path = annotations_folder(store_folder) / (name + ".json");
    try {
        return annotation_from(files::read_checked(path), name);
    } catch (const files::Error& error) {
        damaged.push_back(error.what());
        can_be_read = error.code() == 0;
    } catch (const json::exception& error) {
        damaged.push_back(path.string() + ": not an annotation: " + configs::json_reason(error.what()));
    }
    return std::nullopt;
}

/// What the database says of the same thing; nothing: nothing was ever said.
std::optional<std::string> value_in(Connection& connection, const Annotation& annotation)
{
    const auto select = connection.statement("SELECT value FROM annotations WHERE sweep = ? AND fingerprint = ? AND "
                                             "trial_id = ? AND kind = ? AND key = ?");
    select->bind(1, annotation.sweep);
    select->bind(2, annotation.fingerprint);
    select->bind(3, annotation.trial_id);
    select->bind(4, name_of(annotation.kind));
    select->bind(5, annotation.key);
    return select->executeStep() ? std::optional(select->getColumn(0).getString()) : std::nullopt;
}

}  // namespace

void write_annotation(const fs::path& store_folder, Annotation annotation)
{
    files::create_folders(annotations_folder(store_folder));
    annotation.name = new_name(store_folder);
    files::write_checked(annotations_folder(store_folder) / (annotation.name + ".json"),
                         dump({{"kind", name_of(annotation.kind)},
                               {"sweep", annotation.sweep},
                               {"fingerprint", annotation.fingerprint},
                               {"trial", annotation.trial_id},
                               {"key", annotation.key},
                               {"value", annotation.value},
                               {"author", user_and_host()},
                               {"made_at", now_utc()}}));
}

std::vector<Annotation> read_annotations(const fs::path& store_folder, std::vector<std::string>& damaged)
{
    std::vector<Annotation> annotations;
    bool can_be_read = true;
    for (const std::string& name : names_in_folder(store_folder)) {
        if (std::optional<Annotation> annotation = read_annotation(store_folder, name, damaged, can_be_read)) {
            annotations.push_back(std::move(*annotation));
        }
    }
    return annotations;
}

int insert_annotation(Connection& connection, const Annotation& annotation)
{
    const auto insert = connection.statement(insert_annotation_sql);
    insert->bind(1, annotation.sweep);
    insert->bind(2, annotation.fingerprint);
    insert->bind(3, annotation.trial_id);
    insert->bind(4, name_of(annotation.kind));
    insert->bind(5, annotation.key);
    insert->bind(6, annotation.value);
    insert->bind(7, annotation.name);
    insert->bind(8, annotation.author);
    insert->bind(9, annotation.made_at);
    return insert->exec();
}

std::string is_hidden_trial(const std::string& trial_id)
{
    return is_hidden("''", trial_id);
}

std::string is_hidden_sweep(const std::string& sweep)
{
    return is_hidden(sweep, "''");
}

int AnnotationInbox::take_in(Store& store)
{
    std::vector<Annotation> found;
    std::vector<std::string> looked_at, unreadable;
    for (const std::string& name : names_in_folder(store.folder())) {
        if (taken_.contains(name)) {
            continue;
        }
        bool can_be_read = true;
        if (std::optional<Annotation> annotation = read_annotation(store.folder(), name, unreadable, can_be_read)) {
            found.push_back(std::move(*annotation));
        }
        if (can_be_read) {
            looked_at.push_back(name);
        }
    }
    int changed = 0;
    if (!found.empty()) {
        store.connection().write([&] {
            for (const Annotation& annotation : found) {
                changed += insert_annotation(store.connection(), annotation);
            }
        });
    }
    taken_.insert(looked_at.begin(), looked_at.end());
    return changed;
}

void annotate_revision(Store& store, const std::string& sweep, const std::vector<Annotation>& annotations)
{
    Connection& connection = store.connection();
    connection.translate([&] {
        const auto select = connection.statement("SELECT fingerprint FROM revisions JOIN sweeps USING (sweep_id) "
                                                 "WHERE name = ? ORDER BY sequence DESC LIMIT 1");
        select->bind(1, sweep);
        select->executeStep();
        const std::string fingerprint = select->getColumn(0).getString();
        for (Annotation annotation : annotations) {
            annotation.sweep = sweep;
            annotation.fingerprint = fingerprint;
            if (value_in(connection, annotation).value_or("") != annotation.value) {
                write_annotation(store.folder(), annotation);
            }
        }
    });
    AnnotationInbox().take_in(store);
}

void annotate_once(Store& store, const Annotation& annotation)
{
    Connection& connection = store.connection();
    const bool is_new = connection.translate([&] { return !value_in(connection, annotation); });
    if (is_new) {
        write_annotation(store.folder(), annotation);
        AnnotationInbox().take_in(store);
    }
}

std::vector<std::string> annotate(const Store& store, const Annotation& annotation)
{
    std::vector<std::string> waiting;
    for (const fs::path& part : store.parts()) {
        const fs::path folder = folder_beside(part);
        write_annotation(folder, annotation);
        const auto say_who_takes_it_in = [&] {
            const auto holder = files::Lease::holder(folder / "lease");
            waiting.push_back(
                holder ? fmt::format("{} is being written by process {} on {}, which takes it in within seconds",
                                     part.string(), holder->pid, holder->host)
                       : fmt::format("{}: the next run takes it in", part.string()));
        };
        if (files::Lease::holder(folder / "lease")) {
            say_who_takes_it_in();
            continue;
        }
        try {
            write_alone(part, [](Store& own) { AnnotationInbox().take_in(own); });
        } catch (const files::Error&) {  // a run was faster; what is said is in a file already
            say_who_takes_it_in();
        }
    }
    return waiting;
}

std::string wrong_tag_name(const std::string& key)
{
    constexpr std::size_t longest = 64;
    const bool is_word = !key.empty() && key.size() <= longest &&
                         std::isdigit(static_cast<unsigned char>(key[0])) == 0 &&
                         std::all_of(key.begin(), key.end(),
                                     [](unsigned char c) { return c == '_' || (c < 0x80 && std::isalnum(c) != 0); });
    return is_word ? std::string() : "expected letters, digits and _, at most 64, not beginning with a digit";
}

}  // namespace attnsweep::store
