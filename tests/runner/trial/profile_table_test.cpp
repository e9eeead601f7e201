#include "runner/trial/profile_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace attnsweep::runner {
namespace {

using ::testing::HasSubstr;

Profile example()
{
    Profile profile;
    profile.label = "cqt-r25-s1";
    profile.trial_id = "abc";
    profile.device = "cpu";
    profile.device_name = "a processor";
    profile.threads = 2;
    profile.batch_size = 16;
    profile.warm_up_steps = 2;
    profile.observed_steps = profile.unobserved_steps = 9;
    profile.rows = {{"block4/conv1", false, "convolution 192, attention 64", "11 x 32 x 256", 30, 50, 5'000'000,
                     9'000'000, 70'000'000},
                    {"convolution", true, "", "11 x 32 x 192", 20, 30, 4'000'000, 4'000'000, 60'000'000},
                    {"dense1", false, "dense", "1024", 5, 10, 65'536, 65'536, 90'000'000}};
    profile.data_ms = 1;
    profile.optimizer_ms = 2;
    profile.rest_ms = 1.5;
    profile.observed_ms = 100;
    profile.unobserved_ms = 80;
    profile.peak_memory_bytes = 500'000'000;
    return profile;
}

TEST(ProfileTable, ShowsLayersPartsSumsAndWhatObservingCosts)
{
    const std::string text = profile_text(example());
    EXPECT_THAT(text, HasSubstr(R"(
layer               what                           output         forward ms  backward ms  share %  output MB  kept MB  peak MB
block4/conv1        convolution 192, attention 64  11 x 32 x 256       30.00        50.00     80.0       5.00     9.00    70.00
  convolution                                      11 x 32 x 192       20.00        30.00     50.0       4.00     4.00    60.00
dense1              dense                          1024                 5.00        10.00     15.0       0.07     0.07    90.00
all layers                                                             35.00        60.00     95.0
optimizer                                                               2.00                   2.0
data                                                                    1.00                   1.0
the rest                                                                1.50                   1.5
a step, observed                                                      100.00                 100.0
a step, unobserved                                                     80.00                  80.0
)"));
    EXPECT_THAT(text, HasSubstr("The profiler changes a step's time by +25.0 % (what is small or negative is noise). "
                                "Largest at once: 90.00 MB of tensors, in dense1"));
    EXPECT_THAT(text, testing::EndsWith(" The whole process took 500.00 MB at its peak.\n"));
    Profile on_gpu = example();
    on_gpu.peak_device_bytes = 900'000'000;
    EXPECT_THAT(profile_text(on_gpu), testing::EndsWith("MB at its peak, and 900.00 MB on the GPU.\n"));
}

TEST(ProfileTable, AsJsonHasPartsWithinTheirLayer)
{
    const auto json = nlohmann::json::parse(profile_json(example()));
    ASSERT_EQ(json.at("layers").size(), 2U);
    const auto& layer = json.at("layers")[0];
    EXPECT_EQ(layer.at("name"), "block4/conv1");
    EXPECT_EQ(layer.at("backward_ms"), 50);
    EXPECT_EQ(layer.at("parts")[0].at("name"), "convolution");
    EXPECT_EQ(layer.at("parts")[0].at("output_bytes"), 4'000'000);
    EXPECT_FALSE(json.at("layers")[1].contains("parts"));
    EXPECT_EQ(json.at("rest_ms"), 1.5);
    EXPECT_EQ(json.at("unobserved_ms"), 80);
    EXPECT_EQ(json.at("peak_memory_bytes"), 500'000'000);
    EXPECT_EQ(json.at("peak_device_bytes"), 0);
}

}  // namespace
}  // namespace attnsweep::runner
