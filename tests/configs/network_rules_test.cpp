// The rules about a network stand in one place: a sweep file that breaks one is told file, line and column; a spec from
// elsewhere is refused by the same rule.
#include <gmock/gmock.h>

#include "configs/network_rules.h"
#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

struct RefusedNetwork {
    const char* name;
    const char* text;
    const char* message;  ///< all of it
};

class NetworkRules : public testing::TestWithParam<RefusedNetwork> {};

TEST_P(NetworkRules, NameFileLineValueExpectationAndRemedy)
{
    EXPECT_EQ(SweepFolder().error_of(GetParam().text), GetParam().message);
}

constexpr RefusedNetwork refused_networks[] = {
    {"EvenKernel", "[model]\nkernel_size = 4\n",
     "sweep.toml:2:15: trial stft-r0-s1: model.kernel_size = 4 is even; expected an odd size, which has a middle: "
     "choose 3 or 5"},
    {"EvenKernelOnAnAxis", "[axes]\n\"model.kernel_size\" = [3, 4]\n",
     "sweep.toml:2:1: trial stft-r0-k4-s1: model.kernel_size = 4 is even; expected an odd size, which has a middle: "
     "choose 3 or 5"},
    {"NoAttentionFilters", "[model]\nfirst_filters = 2\nattention_ratio = 0.25\naugmented_blocks = [1]\n",
     "sweep.toml:3:19: trial stft-r25-s1: model.attention_ratio = 0.25 of block 1's 2 filters is 0 attention filters, "
     "but model.heads = 8 need one each; expected a larger model.attention_ratio or model.first_filters, or a ratio "
     "of 0 for a network without attention"},
    {"HeadsDoNotDivide", "[model]\nattention_ratio = 0.25\nheads = 3\n",
     "sweep.toml:3:9: trial stft-r25-s1: model.attention_ratio = 0.25 of block 4's 256 filters is 64 attention "
     "filters, which model.heads = 3 does not divide; expected one of 1, 2, 4, 8, 16, 32, 64 heads, or another "
     "model.first_filters"},
    {"DefaultHeadsDoNotDivideARatioOnAnAxis", "[axes]\n\"model.attention_ratio\" = [0, 0.1]\n",
     "sweep.toml:2:1: trial stft-r10-s1: model.attention_ratio = 0.1 of block 4's 256 filters is 25 attention "
     "filters, which model.heads = 8 does not divide; expected one of 1, 5, 25 heads, or another "
     "model.first_filters"},
    {"AugmentedBlockNotThere", "[model]\nattention_ratio = 1\naugmented_blocks = [3, 6]\n",
     "sweep.toml:3:20: trial stft-r100-s1: model.augmented_blocks names block 6, but model.blocks = 5; expected "
     "blocks from 1 to 5"},
    {"DefaultAugmentedBlockNotThere", "[model]\nattention_ratio = 1\nblocks = 4\n",
     "sweep.toml:3:10: trial stft-r100-s1: model.augmented_blocks names block 5, but model.blocks = 4; expected "
     "blocks from 1 to 4"},
    {"TooWide", "[model]\nblocks = 12\n first_filters = 64\n",
     "sweep.toml:3:18: trial stft-r0-s1: model.first_filters = 64 doubled over model.blocks = 12 gives a last block "
     "of more than 65536 filters; choose fewer"},
    {"TooManyPoolings", "[data]\nspectrogram = \"cqt\"\n[model]\nblocks = 9\n",
     "sweep.toml:4:10: trial cqt-r0-s1: model.blocks = 9 is too many poolings for spectrograms of 87 x 252: after "
     "block 8 one position is left; expected at most 8 blocks"},
    {"NothingToStopBy", "[data]\ntrain_on_validation = true\n",
     "sweep.toml:2:23: trial stft-r0-s1: training.early_stopping = true, but data.train_on_validation = true leaves "
     "nothing to validate with; set training.early_stopping = false and training.max_epochs to the epochs that are "
     "wanted"},
    {"TilesInBfloat16",
     "[training]\nprecision = \"bfloat16\"\n[model]\nattention_ratio = 0.25\n[execution]\n"
     "attention_implementation = \"tiled\"\n",
     "sweep.toml:6:28: trial stft-r25-s1: execution.attention_implementation = \"tiled\" computes in float32, but "
     "training.precision = \"bfloat16\"; leave it at \"auto\", or take \"chunked\""},
    {"TilesOnAGpu",
     "[model]\nattention_ratio = 0.25\n[execution]\nattention_implementation = \"tiled\"\ndevice = \"cuda\"\n",
     "sweep.toml:4:28: trial stft-r25-s1: execution.attention_implementation = \"tiled\" is for CPUs, but "
     "execution.device = \"cuda\"; leave it at \"auto\", or take \"chunked\""},
    {"MoreDevicesThanClips", "[training]\nbatch_size = 2\n[execution]\ndevices_per_trial = 3\n",
     "sweep.toml:4:21: trial stft-r0-s1: execution.devices_per_trial = 3, but a batch has training.batch_size = 2 "
     "clips, and each device needs one; expected at most 2: choose fewer devices or a larger batch"},
    {"NoStepLength", "[training]\nschedule = \"step\"\n",
     "sweep.toml:2:12: trial stft-r0-s1: training.schedule = \"step\" has no step length (training.step_epochs = 0); "
     "expected 1 or more: set training.step_epochs to the epochs after which the rate is multiplied by "
     "training.step_factor, or choose \"constant\" or \"cosine\""},
    {"NoStepLengthOnAnAxis", "[axes]\n\"training.schedule\" = [\"constant\", \"step\"]\n",
     "sweep.toml:2:1: trial stft-r0-step-s1: training.schedule = \"step\" has no step length (training.step_epochs = "
     "0); expected 1 or more: set training.step_epochs to the epochs after which the rate is multiplied by "
     "training.step_factor, or choose \"constant\" or \"cosine\""},
    {"WarmUpLongerThanTheTraining", "[training]\nmax_epochs = 5\nwarmup_epochs = 5.5\n",
     "sweep.toml:3:17: trial stft-r0-s1: training.warmup_epochs = 5.5 is longer than the training, "
     "training.max_epochs = 5; expected at most as many: choose a shorter warm-up or more epochs"},
    {"NesterovWithoutMomentum", "[training]\noptimizer = \"sgd\"\nnesterov = true\n",
     "sweep.toml:3:12: trial stft-r0-s1: training.nesterov = true looks ahead along a velocity, but training.momentum "
     "= 0 keeps none; expected a momentum above 0, such as training.momentum = 0.9, or training.nesterov = false"},
    {"MomentumOfOne", "[training]\nmomentum = 1\n",
     "sweep.toml:2:12: training.momentum = 1 is not possible; expected a number of at least 0 and below 1"},
    {"UnknownOptimizer", "[training]\noptimizer = \"rmsprop\"\n",
     "sweep.toml:2:13: training.optimizer = \"rmsprop\" is not possible; expected one of \"adagrad\", \"sgd\", "
     "\"adam\", \"adamw\"; did you mean \"adagrad\"?"},
};

INSTANTIATE_TEST_SUITE_P(Cases, NetworkRules, testing::ValuesIn(refused_networks),
                         [](const auto& each) { return each.param.name; });

TEST(NetworkRule, OfAttentionIsNotAskedWhereThereIsNone)
{
    EXPECT_NO_THROW(SweepFolder().read("[execution]\nattention_implementation = \"tiled\"\ndevice = \"cuda\"\n"));
}

TEST(AttentionChoice, IsTiledInFloat32OnCpusUnlessAnotherIsWanted)
{
    using enum configs::AttentionImplementation;
    using configs::attention_choice;
    using configs::DeviceKind;
    using configs::Precision;
    EXPECT_EQ(attention_choice(automatic, Precision::float32, DeviceKind::cpu), tiled);
    EXPECT_EQ(attention_choice(automatic, Precision::bfloat16, DeviceKind::cpu), chunked);
    EXPECT_EQ(attention_choice(automatic, Precision::float32, DeviceKind::cuda), chunked);
    EXPECT_EQ(attention_choice(chunked, Precision::float32, DeviceKind::cpu), chunked);
    EXPECT_EQ(attention_choice(sdpa_extended, Precision::float32, DeviceKind::cpu), sdpa_extended);
}

TEST(NetworkRule, OfIdleKeysIsNotAskedAndTheyDoNotEnterTheId)
{
    const std::string four_blocks = "[model]\nblocks = 4\n";  // the augmented blocks are 4 and 5
    const configs::Sweep sweep = SweepFolder().read(four_blocks + "heads = 7\n");
    EXPECT_EQ(sweep.trials.at(0).id, SweepFolder().read(four_blocks + "augmented_blocks = [4]\n").trials.at(0).id);
    EXPECT_NO_THROW(configs::check_trial(sweep.trials.at(0).spec));
    EXPECT_EQ(SweepFolder().error_of(four_blocks + "attention_ratio = 1\naugmented_blocks = []\nheads = 7\n"),
              "no error");
    EXPECT_EQ(SweepFolder().error_of("[training]\nnesterov = true\nmax_epochs = 5\nwarmup_epochs = 5\n"), "no error")
        << "Adagrad has no momentum, and a warm-up may take the whole training";
}

TEST(NetworkRule, RefusesADataSetOfOneClass)
{
    configs::DataSetDescription data = paper_data_set();
    data.classes.resize(1);
    const SweepFolder folder;
    try {
        configs::read_sweep(folder.write("sweep.toml", ""), {}, data);
        FAIL() << "no error";
    } catch (const configs::Error& error) {
        EXPECT_EQ(folder.without_folder(error.what()),
                  "sweep.toml: trial stft-r0-s1: the data set's classes = 1; expected 2 or more, since one class "
                  "cannot be told from another: ingest recordings of another class");
    }
}

TEST(NetworkRule, HoldsForASpecThatNoFileWasReadFor)
{
    const auto error_of = [](auto spoil) {
        configs::TrialSpec spec = SweepFolder().read("").trials.at(0).spec;
        spoil(spec);
        try {
            configs::check_trial(spec);
        } catch (const configs::Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    EXPECT_EQ(error_of([](configs::TrialSpec&) {}), "no error");
    EXPECT_EQ(error_of([](configs::TrialSpec& spec) { spec.model.kernel_size = 4; }),
              "model.kernel_size = 4 is even; expected an odd size, which has a middle: choose 3 or 5");
    EXPECT_EQ(error_of([](configs::TrialSpec& spec) { spec.model.kernel_size = 33; }),
              "model.kernel_size = 33 is not possible; expected an integer from 1 to 31");
    EXPECT_EQ(error_of([](configs::TrialSpec& spec) { spec.training.batch_size = 0; }),
              "training.batch_size = 0 is not possible; expected an integer from 1 to 65536");
    EXPECT_EQ(error_of([](configs::TrialSpec& spec) { spec.data_set.bins = 0; }),
              "the data set's bins = 0; expected 1 or more: ingest it again");
}

TEST(AttentionFilters, AreCutAsPythonCutsThem)
{
    EXPECT_EQ(configs::attention_filters(64, 0.25), 16);
    EXPECT_EQ(configs::attention_filters(256, 1.0), 256);
    EXPECT_EQ(configs::attention_filters(100, 0.29), 28);  // 0.29 * 100 = 28.999999999999996
}

}  // namespace
}  // namespace attnsweep::tests
