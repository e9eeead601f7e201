#include "runner/cli/store_option.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <utility>

#include "files/error.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "store/published_store.h"
#include "store/store.h"

namespace attnsweep::runner {

std::string default_store()
{
    const char* store = std::getenv("ATTNSWEEP_STORE");
    return store::database_behind(store != nullptr && *store != '\0' ? store : "results.db").string();
}

Command of_store(Command command)
{
    return [command = std::move(command)] {
        try {
            return command();
        } catch (const std::exception& error) {
            if (dynamic_cast<const files::Error*>(&error) == nullptr &&
                dynamic_cast<const std::filesystem::filesystem_error*>(&error) == nullptr) {
                throw;
            }
            throw Error(last_words_of(error), exit_code_of(error, exit_store));
        }
    };
}

void say_age(const store::Store& store)
{
    if (const std::string age = store::published_text(store.parts()); !age.empty()) {
        std::fprintf(stderr, "attnsweep: %s as %s: a run is in progress\n", store.path().c_str(), age.c_str());
    }
}

}  // namespace attnsweep::runner
