// Run under mpirun: every rank sends to every other messages of many sizes; each receiver checks order,
// content and count; then all report to rank 0, which says so on its standard output.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <mpi.h>

#include "scheduler/error.h"
#include "scheduler/mpi/mpi_transport.h"

namespace {
int tests = 0, tests_in_vain = 0;  // each in vain gives the processor away where ranks outnumber cores
}

// In the place of the library's, by its profiling interface.
extern "C" int MPI_Test(MPI_Request* request, int* complete, MPI_Status* status)
{
    const int code = PMPI_Test(request, complete, status);
    ++tests;
    tests_in_vain += code == MPI_SUCCESS && *complete == 0;
    return code;
}

namespace {

using attnsweep::scheduler::Message;
using attnsweep::scheduler::MpiTransport;

constexpr int rounds = 200;

std::string message(int from, int round)
{
    // From a few bytes (eager) to megabytes (rendezvous).
    const std::size_t size = round == rounds / 2 ? 3 << 20 : static_cast<std::size_t>((round * 977 + from) % 20000);
    return fmt::format("{}:{}:", from, round) + std::string(size, static_cast<char>('a' + (from + round) % 26));
}

void require(bool holds, const std::string& what)
{
    if (!holds) {
        throw std::runtime_error(what);
    }
}

Message next(MpiTransport& transport)
{
    while (true) {
        tests_in_vain = 0;
        const auto received = transport.receive();
        require(tests_in_vain < transport.size(), fmt::format("{} sends tested in vain at once", tests_in_vain));
        if (received) {
            return *received;
        }
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(transport.poll_after_ms()));
    }
}

void check(int expected_ranks)
{
    MpiTransport transport;
    const int size = transport.size();
    require(size == expected_ranks, fmt::format("{} ranks, {} asked for", size, expected_ranks));
    for (int round = 0; round < rounds; ++round) {
        for (int to = 0; to < size; ++to) {
            if (to != transport.rank()) {
                transport.send(to, message(transport.rank(), round));
            }
        }
    }
    std::vector<int> seen(static_cast<std::size_t>(size), 0);
    int agreed = 0;  // a fast rank may agree while a slow one still sends
    for (int i = 0; i < rounds * (size - 1);) {
        const Message received = next(transport);
        if (received.text == "agree") {
            ++agreed;
            continue;
        }
        int& round = seen.at(static_cast<std::size_t>(received.from));
        require(received.text == message(received.from, round),
                fmt::format("message {} of rank {} is not what was sent", round, received.from));
        ++round;
        ++i;
    }
    if (size == 1) {
        for (int empty = 0; empty < 20; ++empty) {
            require(!transport.receive(), "a message too many");
        }
        require(transport.poll_after_ms() == 5, "polling does not calm down");
    }
    for (const int nobody : {size, -1, transport.rank()}) {
        bool refused = false;
        try {
            transport.send(nobody, "nobody");
        } catch (const attnsweep::scheduler::Error&) {
            refused = true;
        }
        require(refused, "a message to oneself or to a rank that is not there was taken");
    }
    if (transport.rank() != 0) {
        transport.send(0, "agree");
    } else {
        for (; agreed < size - 1; ++agreed) {
            require(next(transport).text == "agree", "something else came");
        }
        std::cout << "all " << size << " ranks agree" << std::endl;
    }
    transport.flush();
    require(tests > 0 || size == 1, "MPI_Test was not counted");
}

}  // namespace

int main(int argc, char** argv)
{
    attnsweep::scheduler::MpiScope mpi;
    try {
        check(argc > 1 ? std::atoi(argv[1]) : 1);
        mpi.close();
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        mpi.abandon();
        std::_Exit(1);
    }
    return 0;
}
