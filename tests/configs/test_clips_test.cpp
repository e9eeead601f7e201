// The bytes of predictions and test clips: the layout that documents promise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/error.h"
#include "configs/test_clips.h"

namespace attnsweep::configs {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

TEST(TestClips, HaveTheLayoutThatIsDocumented)
{
    EXPECT_EQ(packed(std::vector<TestClip>{{0x01020304, 5, 6}, {4294967295, 0, 1}}),
              "\x04\x03\x02\x01\x05\0\0\0\x06\0\0\0\xff\xff\xff\xff\0\0\0\0\x01\0\0\0"s);
    EXPECT_EQ(packed(std::vector<PredictedClip>{{258, 3, 1.0F}}), "\x02\x01\x03\0\0\0\x80\x3f"s);
}

TEST(TestClips, ComeBack)
{
    const std::vector<TestClip> clips{{20793, 4000, 18}, {1, 2, 3}};
    const std::vector<PredictedClip> said{{18, 19, 0.123456789F}, {0, 1, 1.0F}};
    EXPECT_EQ(test_clips_from(packed(clips)), clips);
    EXPECT_EQ(predicted_clips_from(packed(said)), said);
    for (const std::string& bytes : {""s, "\0"s, "ab"s, "\xff\0\x80"s, "four"s}) {
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    }
    EXPECT_EQ(to_base64("attn"), "YXR0bg==");
}

template <typename Work> std::string message_of(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(TestClips, WhatDoesNotFitIsNamed)
{
    EXPECT_THAT(message_of([] { packed(std::vector<TestClip>{{-1, 0, 0}}); }),
                HasSubstr("a test clip's number is -1; expected 0 to 4294967295"));
    EXPECT_THAT(message_of([] { packed(std::vector<PredictedClip>{{65536, 1, 1.0F}}); }),
                HasSubstr("predicted class is 65536; expected 0 to 65535"));
    EXPECT_THAT(message_of([] { test_clips_from("abc"); }), HasSubstr("3 bytes are not a multiple of 12"));
    EXPECT_THAT(message_of([] { predicted_clips_from("abc"); }), HasSubstr("3 bytes are not a multiple of 8"));
    EXPECT_THAT(message_of([] { from_base64("not base64!"); }), HasSubstr("is not base64 text"));
}

}  // namespace
}  // namespace attnsweep::configs
