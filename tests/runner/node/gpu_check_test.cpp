// The verdict on each GPU: GPUs by a stand-in for NVML, what CUDA says of them by a script in the trial program's place.
#include "runner/node/gpu_check.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runner/node/preflight.h"
#include "runner/version.h"
#include "tests/runner/node/stand_in_gpus.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Verdict = Check::Verdict;

const std::string driver_uuids[] = {"00000000-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000"};

std::string described(int index, const std::string& why, bool is_busy = false)
{
    return nlohmann::json{
        {"uuid", driver_uuids[index]}, {"name", "H100"}, {"capability", "9.0"}, {"why", why}, {"busy", is_busy}}
        .dump();
}

class GpuCheck : public tests::StandInGpus {
protected:
    GpuCheck()
    {
        set("STAND_IN_GPUS", "2");
        node_.name = "n";
        node_.usable_cores = 2;
        question_.device = "auto";
    }
    /// The trial program sees `devices` together, and each alone as `alone`: "UUID) DEVICE;; UUID) DEVICE;;".
    void trial_program(const std::string& devices, const std::vector<std::string>& alone = {})
    {
        question_.trial_program = folder_ / "trial";
        std::ofstream script(question_.trial_program);
        script
            << "#!/bin/sh\nsay() { cat <<END\n"
            << R"({"version": ")" << version_text()
            << R"(", "libtorch": "2", "processor": "AVX2", "cuda": {"loaded": true, "why": "", "build": "CUDA 13", "devices": [$1]}})"
            << "\nEND\n}\ncase ${CUDA_VISIBLE_DEVICES:-all} in\nall|0) say '" << devices << "';;\n";
        for (std::size_t i = 0; i < alone.size(); ++i) {
            script << "GPU-" << driver_uuids[i] << ") say '" << alone[i] << "';;\n";
        }
        script << "*) echo $CUDA_VISIBLE_DEVICES was not expected;;\nesac\n";
        script.close();
        std::filesystem::permissions(question_.trial_program, std::filesystem::perms::owner_all);
    }
    Check device()
    {
        report_ = check_node(node_, question_);
        for (const Check& check : report_.checks) {
            if (check.subject == "device") {
                return check;
            }
        }
        return {};
    }
    std::vector<std::string> used() const
    {
        std::vector<std::string> uuids;
        for (const Gpu& gpu : report_.gpus) {
            uuids.push_back(gpu.uuid);
        }
        return uuids;
    }

    tests::TemporaryFolder folder_;
    Node node_;
    PreflightQuestion question_;
    NodeReport report_;
};

TEST_F(GpuCheck, GoodOnesAreUsedInCudasOrder)
{
    trial_program(described(1, "") + "," + described(0, ""));
    const Check check = device();
    EXPECT_EQ(check.verdict, Verdict::good) << check.wrong;
    EXPECT_THAT(check.found, HasSubstr("2 GPUs H100 (compute capability 9.0)"));
    EXPECT_THAT(used(), testing::ElementsAre("GPU-" + driver_uuids[1], "GPU-" + driver_uuids[0]));
    EXPECT_EQ(usable_device("auto", report_), "auto");
}

TEST_F(GpuCheck, ABrokenOneIsLeftOutAndNamed)
{
    // Together both fail: a broken GPU may end the process's use of the other.
    const std::string broken = described(0, "CUDA error: uncorrectable ECC error encountered");
    trial_program(broken + "," + described(1, "CUDA error: unspecified launch failure"), {broken, described(1, "")});
    for (const char* wanted : {"auto", "cuda"}) {
        question_.device = wanted;
        const Check check = device();
        EXPECT_EQ(check.verdict, Verdict::warning);
        EXPECT_THAT(check.found, HasSubstr("1 GPU H100 (compute capability 9.0), 1 left out"));
        EXPECT_THAT(check.wrong, AllOf(HasSubstr("1 of 2 GPUs cannot be used and is left out"),
                                       HasSubstr("GPU-" + driver_uuids[0] + " (H100): CUDA error: uncorrectable ECC")));
        EXPECT_THAT(used(), testing::ElementsAre("GPU-" + driver_uuids[1]));
    }
}

TEST_F(GpuCheck, WhereAllAreBrokenCoresAreUsedOrTheNodeIsBad)
{
    const std::string old[] = {described(0, "no kernel image is available"),
                               described(1, "no kernel image is available")};
    trial_program(old[0] + "," + old[1], {old[0], old[1]});
    EXPECT_EQ(device().verdict, Verdict::warning);
    EXPECT_THAT(used(), IsEmpty());
    EXPECT_EQ(usable_device("auto", report_), "cpu");
    EXPECT_EQ(usable_device("cuda", report_), "cuda");
    question_.device = "cuda";
    EXPECT_EQ(device().verdict, Verdict::bad);
    EXPECT_THAT(device().wrong, HasSubstr("no kernel image"));
    EXPECT_EQ(device().exit_code, exit_no_device);
}

TEST_F(GpuCheck, ABusyOneIsUsedAndWaitedFor)
{
    const std::string busy = described(1, "CUDA error: CUDA-capable device(s) is/are busy or unavailable", true);
    trial_program(described(0, "") + "," + busy, {described(0, ""), busy});
    EXPECT_THAT(device().wrong, HasSubstr("is left out")) << "the same words stand for one that nobody may use";
    EXPECT_EQ(used().size(), 1u);
    set("STAND_IN_GPU_EXCLUSIVE", "1");
    const Check check = device();
    EXPECT_EQ(check.verdict, Verdict::warning);
    EXPECT_THAT(check.remedy, HasSubstr("wait"));
    EXPECT_EQ(used().size(), 2u);
}

TEST_F(GpuCheck, OneThatOnlyTheDriverKnowsIsAskedAlone)
{
    trial_program(described(0, ""), {described(0, ""), described(1, "")});
    EXPECT_EQ(device().verdict, Verdict::good);
    EXPECT_EQ(used().size(), 2u);
}

TEST_F(GpuCheck, NumbersAreCudas)
{
    // CUDA counts the fastest first: its number 0 is NVML's second.
    set("CUDA_VISIBLE_DEVICES", "0");
    trial_program(described(1, ""));
    EXPECT_EQ(device().verdict, Verdict::good) << device().wrong;
    EXPECT_THAT(used(), testing::ElementsAre("GPU-" + driver_uuids[1]));
}

TEST_F(GpuCheck, ABrokenOneKeepsItsNumber)
{
    const std::string broken = described(0, "CUDA error: uncorrectable ECC error encountered");
    trial_program(broken + "," + described(1, ""), {broken, described(1, "")});
    (void)device();
    ASSERT_EQ(used().size(), 1u);
    EXPECT_EQ(report_.gpus[0].number, 1) << "--device cuda:1 is the one that nvidia-smi calls 1";
}

TEST_F(GpuCheck, OneThatDoesNotAnswerIsLeftOut)
{
    trial_program(described(0, ""), {});
    EXPECT_EQ(used().size(), 0u);
    EXPECT_THAT(device().wrong, HasSubstr("it does not answer: GPU-" + driver_uuids[1] + " was not expected"));
    EXPECT_EQ(used().size(), 1u);
}

TEST_F(GpuCheck, WithoutLibtorchsCudaPartNoneIsUsed)
{
    question_.trial_program = folder_ / "trial";
    std::ofstream(question_.trial_program)
        << "#!/bin/sh\nprintf '%s\\n' '{\"version\": \"" << version_text()
        << R"(", "cuda": {"loaded": false, "why": "the CPU set\nof libraries", "build": "", "devices": []}}')" << "\n";
    std::filesystem::permissions(question_.trial_program, std::filesystem::perms::owner_all);
    const Check check = device();
    EXPECT_EQ(check.verdict, Verdict::warning);
    EXPECT_THAT(check.wrong, HasSubstr("the CPU set of libraries"));
    EXPECT_THAT(check.remedy, HasSubstr("--cuda --install-only"));
    EXPECT_THAT(used(), IsEmpty());
}

TEST_F(GpuCheck, OneThatIsAskedForAndNotThereIsBad)
{
    set("STAND_IN_GPUS", "0");
    question_.device = "cpu";
    EXPECT_THAT(device().found, HasSubstr("2 cores, no GPU"));
    question_.device = "cuda";
    EXPECT_EQ(device().verdict, Verdict::bad);
    EXPECT_EQ(device().exit_code, exit_no_device);
}

}  // namespace
}  // namespace attnsweep::runner
