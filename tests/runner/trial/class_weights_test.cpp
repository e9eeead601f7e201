#include <gmock/gmock.h>

#include "runner/trial/class_weights.h"

namespace attnsweep::runner {
namespace {

using testing::ElementsAre;

TEST(ClassWeights, AreTheClipsOverThoseOfTheClass)
{
    EXPECT_THAT(balanced_class_weights({10, 10}), ElementsAre(1, 1));
    // 60 clips of 3 classes: 60 / (3 * 30), 60 / (3 * 20), 60 / (3 * 10)
    EXPECT_THAT(balanced_class_weights({30, 20, 10}), ElementsAre(60.0 / 90, 1, 2));
}

TEST(ClassWeights, AClassWithoutClipsHasNone)
{
    EXPECT_THAT(balanced_class_weights({30, 0, 15}), ElementsAre(0.5, 0, 1));
}

}  // namespace
}  // namespace attnsweep::runner
