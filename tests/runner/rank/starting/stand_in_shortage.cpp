// Preloaded, lets the system be short of processes or threads while the file SHORTAGE_WHILE exists: SHORTAGE_OF is "process" or "thread".
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <unistd.h>

namespace {

bool is_short_of(const char* what)
{
    const char* of = std::getenv("SHORTAGE_OF");
    const char* file = std::getenv("SHORTAGE_WHILE");
    return of != nullptr && file != nullptr && std::strcmp(of, what) == 0 && ::access(file, F_OK) == 0;
}

template <class Function> Function* next(Function*, const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                           const posix_spawnattr_t* attributes, char* const words[], char* const variables[])
{
    return is_short_of("process") ? EAGAIN
                                  : next(posix_spawn, "posix_spawn")(pid, path, actions, attributes, words, variables);
}

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*), void* argument)
{
    return is_short_of("thread") ? EAGAIN : next(pthread_create, "pthread_create")(thread, attributes, work, argument);
}
