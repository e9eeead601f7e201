#include "runner/node/gpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runner/node/stand_in_gpus.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string uuid_0 = "GPU-00000000-0000-0000-0000-000000000000",
                  uuid_1 = "GPU-00000001-0000-0000-0000-000000000000",
                  uuid_2 = "GPU-00000002-0000-0000-0000-000000000000";

class VisibleGpus : public tests::StandInGpus {
protected:
    VisibleGpus() { set("STAND_IN_GPUS", "3"); }
    static std::vector<std::string> uuids()
    {
        std::vector<std::string> all;
        for (const Gpu& gpu : visible_gpus()) {
            all.push_back(gpu.uuid);
        }
        return all;
    }
};

TEST_F(VisibleGpus, AreNamedByTheirUuids)
{
    set("STAND_IN_GPU_BYTES", "80000");
    set("STAND_IN_GPU_CORES", "2");
    EXPECT_THAT(uuids(), ElementsAre(uuid_0, uuid_1, uuid_2));
    const Gpu gpu = visible_gpus().at(1);
    EXPECT_EQ(gpu.name, "Stand-in GPU");
    EXPECT_EQ(gpu.free_bytes, 80000);
    EXPECT_THAT(gpu.near_cores, ElementsAre(2, 3));
    EXPECT_EQ(free_gpu_bytes(uuid_1), 80000);
    EXPECT_EQ(smallest_gpu_bytes(visible_gpus()), 80000);
    EXPECT_EQ(smallest_gpu_bytes({{.uuid = "a", .total_bytes = 2}, {.uuid = "b", .total_bytes = 1}}), 1);
    EXPECT_EQ(smallest_gpu_bytes({}), 0);
}

TEST_F(VisibleGpus, ThoseOfOtherJobsAreLeftOutThoughTheDriverCountsThem)
{
    set("STAND_IN_GPU_REFUSED", "0");
    EXPECT_THAT(uuids(), ElementsAre(uuid_1, uuid_2));
    set("CUDA_VISIBLE_DEVICES", "1,0");
    EXPECT_THAT(uuids(), ElementsAre(uuid_2, uuid_1)) << "numbers count what this process may use";
}

TEST_F(VisibleGpus, ADividedOneCountsByItsInstances)
{
    set("STAND_IN_GPU_DIVIDED", "1");
    set("STAND_IN_GPU_CORES", "2");
    EXPECT_THAT(uuids(), ElementsAre(uuid_0, "MIG-00000001-0000-0000-0000-000000000000",
                                     "MIG-00000001-0000-0000-0000-000000000001", uuid_2));
    EXPECT_THAT(visible_gpus().at(2).near_cores, ElementsAre(2, 3)) << "the GPU's";
    set("CUDA_VISIBLE_DEVICES", "MIG-00000001-0000-0000-0000-000000000001");
    EXPECT_THAT(uuids(), ElementsAre("MIG-00000001-0000-0000-0000-000000000001"));
    set("CUDA_VISIBLE_DEVICES", "MIG-GPU-00000001-0000-0000-0000-000000000000/1/0");
    EXPECT_THAT(uuids(), ElementsAre("MIG-GPU-00000001-0000-0000-0000-000000000000/1/0")) << "as older drivers name it";
}

TEST_F(VisibleGpus, AreThoseThatTheVariableSelectsInItsOrder)
{
    set("CUDA_VISIBLE_DEVICES", "2,GPU-00000000");
    EXPECT_THAT(uuids(), ElementsAre(uuid_2, uuid_0)) << "the beginning of a UUID is enough";
    set("CUDA_VISIBLE_DEVICES", "1,7,0");
    EXPECT_THAT(uuids(), ElementsAre(uuid_1)) << "the list ends where nothing is selected";
    set("CUDA_VISIBLE_DEVICES", "-1");
    EXPECT_THAT(uuids(), IsEmpty());
    set("CUDA_VISIBLE_DEVICES", "");
    EXPECT_THAT(uuids(), IsEmpty());
}

}  // namespace
}  // namespace attnsweep::runner
