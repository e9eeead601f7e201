// Run under mpirun --with-ft ulfm: all ranks but 0 kill themselves, the last one first, while messages go on between the
// others; rank 0 hears of each death once, and nothing it sends to the dead holds it up.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "scheduler/mpi/mpi_transport.h"

namespace {

using attnsweep::scheduler::Message;
using attnsweep::scheduler::MpiTransport;

void require(bool holds, const std::string& what)
{
    if (!holds) {
        throw std::runtime_error(what);
    }
}

std::vector<int> lost;

Message next(MpiTransport& transport)
{
    while (true) {
        auto received = transport.receive();
        for (const int rank : transport.lost_ranks()) {
            lost.push_back(rank);
        }
        if (received) {
            return *received;
        }
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(transport.poll_after_ms()));
    }
}

void be_killed_when_told(MpiTransport& transport)
{
    while (true) {
        const Message message = next(transport);
        if (message.text == "die") {
            ::kill(::getpid(), SIGKILL);
        }
        if (message.text.starts_with("say")) {
            transport.send(0, message.text);
        }
    }
}

void outlive_the_others(MpiTransport& transport)
{
    const std::string large(std::size_t{8} << 20, 'x');  // waits for a receiver
    std::vector<int> expected;
    int alive = transport.size() - 1;
    for (int dying = transport.size() - 1; dying > 0; --dying, --alive) {
        transport.send(dying, "die");
        if (dying % 2 == 0) {
            transport.send(dying, large);  // else nothing under way tells of the death
        }
        while (static_cast<int>(lost.size()) < transport.size() - dying) {
            require(!transport.receive(), "a message nobody was asked for");
            for (const int rank : transport.lost_ranks()) {
                lost.push_back(rank);
            }
        }
        expected.push_back(dying);
        require(lost == expected, fmt::format("rank {} died, another was told", dying));
        transport.send(dying, "to the dead");
        for (int rank = 1; rank < dying; ++rank) {
            transport.send(rank, fmt::format("say {}", dying));
        }
        for (int rank = 1; rank < dying; ++rank) {
            require(next(transport).text == fmt::format("say {}", dying), "the living do not answer");
        }
    }
    require(!transport.receive() && transport.lost_ranks().empty(), "a death was told twice");
    transport.flush();
    std::cout << "rank 0 outlived " << expected.size() << " others" << std::endl;
}

}  // namespace

int main()
{
    attnsweep::scheduler::MpiScope mpi;
    int code = 0;
    try {
        MpiTransport transport;
        if (transport.rank() == 0) {
            outlive_the_others(transport);
        } else {
            be_killed_when_told(transport);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        code = 1;
    }
    mpi.abandon();  // MPI_Finalize would wait for the dead
    std::_Exit(code);
}
