#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/scaling.h"

namespace attnsweep::tests {
namespace {

using configs::Normalisation;
using configs::Scale;
using ::testing::Each;
using ::testing::FloatEq;
using ::testing::FloatNear;
using ::testing::Pointwise;

std::vector<float> scaled(std::vector<float> values, Scale scale, Normalisation normalisation)
{
    data::scale_clip(values, scale, normalisation);
    return values;
}

const std::vector<float> example = {0.0F, 0.5F, 2.0F, 4.0F};

TEST(Scaling, Scales)
{
    EXPECT_EQ(scaled(example, Scale::magnitude, Normalisation::none), example);
    EXPECT_THAT(scaled(example, Scale::power, Normalisation::none),
                Pointwise(FloatEq(), std::vector<float>{0, 0.25F, 4, 16}));
    // librosa.amplitude_to_db([0, 0.5, 2, 4], ref=1, amin=1e-5, top_db=None)
    EXPECT_THAT(scaled(example, Scale::decibel, Normalisation::none),
                Pointwise(FloatNear(1e-4F), std::vector<float>{-100, -6.0206F, 6.0206F, 12.0412F}));
}

TEST(Scaling, ClipMaxMakesAllRelativeToTheGreatestMagnitude)
{
    EXPECT_THAT(scaled(example, Scale::magnitude, Normalisation::clip_max),
                Pointwise(FloatEq(), std::vector<float>{0, 0.125F, 0.5F, 1}));
    EXPECT_THAT(scaled(example, Scale::power, Normalisation::clip_max),
                Pointwise(FloatEq(), std::vector<float>{0, 0.015625F, 0.25F, 1}));
    EXPECT_THAT(scaled(example, Scale::decibel, Normalisation::clip_max),
                Pointwise(FloatNear(1e-4F), std::vector<float>{-100, -18.0618F, -6.0206F, 0}));
}

TEST(Scaling, ClipStandardHasMeanZeroAndDeviationOne)
{
    for (const Scale scale : {Scale::magnitude, Scale::power, Scale::decibel}) {
        const std::vector<float> values = scaled(example, scale, Normalisation::clip_standard);
        double sum = 0, squares = 0;
        for (const float value : values) {
            sum += value;
            squares += double(value) * value;
        }
        EXPECT_NEAR(sum / 4, 0, 1e-6);
        EXPECT_NEAR(squares / 4, 1, 1e-6);
        EXPECT_LT(values[0], values[3]);
    }
}

TEST(Scaling, SilenceStaysFinite)
{
    const std::vector<float> silence(4, 0.0F);
    EXPECT_THAT(scaled(silence, Scale::magnitude, Normalisation::clip_max), Each(0.0F));
    EXPECT_THAT(scaled(silence, Scale::decibel, Normalisation::clip_max), Each(FloatNear(-100, 1e-4F)));
    EXPECT_THAT(scaled(silence, Scale::decibel, Normalisation::clip_standard), Each(0.0F));
}

}  // namespace
}  // namespace attnsweep::tests
