// Recordings that are short, damaged or oddly ended, and files that are none.
#include <atomic>
#include <cstring>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/audio/audio_stream.h"
#include "data/audio/file_kind.h"
#include "tests/data/ingest_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int rate = 44100;
constexpr double seconds = 6;

struct Container {
    const char* ending;
    int format;
};

std::string whole_file(const TemporaryFolder& folder, const Container& container)
{
    const auto path = folder / (std::string("whole.") + container.ending);
    const int file_rate = container.format == (SF_FORMAT_OGG | SF_FORMAT_OPUS) ? 48000 : rate;
    write_audio(path, sine(440, seconds, file_rate), file_rate, container.format);
    return bytes_of(path);
}

class Containers : public ::testing::TestWithParam<Container> {
protected:
    DecodedAudio decoded(const std::string& bytes) const
    {
        const auto path = folder_ / (std::string("changed.") + GetParam().ending);
        write_bytes(path, bytes);
        return decode(path);
    }
    TemporaryFolder folder_;
};

TEST_P(Containers, AWholeFileIsNotSuspected)
{
    const DecodedAudio audio = decoded(whole_file(folder_, GetParam()));
    EXPECT_THAT(audio.problem, IsEmpty());
    EXPECT_THAT(audio.damage, IsEmpty());
}

TEST_P(Containers, ACutIsNamedWithWhatWasExpectedAndFound)
{
    const std::string bytes = whole_file(folder_, GetParam());
    const DecodedAudio audio = decoded(bytes.substr(0, bytes.size() * 6 / 10));
    if (!audio.ok()) {  // libsndfile refuses such a file
        EXPECT_THAT(audio.problem, AnyOf(HasSubstr("cannot be decoded"), HasSubstr("holds no samples")));
        return;
    }
    EXPECT_LT(audio.duration_s(), seconds - 1);
    EXPECT_THAT(audio.damage, HasSubstr("can be decoded"));
    EXPECT_THAT(audio.damage, AnyOf(HasSubstr(" s of the 6.00 s that its header announces"), HasSubstr("is cut off")));
}

TEST_P(Containers, TwoFilesJoinedAreNamed)
{
    const std::string bytes = whole_file(folder_, GetParam());
    const auto path = folder_ / ("audio/a/joined." + std::string(GetParam().ending));
    write_bytes(path, bytes + bytes);
    write_audio(folder_ / "audio/a/one.wav", sine(300, 1.5, 4000), 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    write_audio(folder_ / "audio/b/two.wav", sine(500, 1.5, 4000), 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    const data::IngestReport report = data::ingest(tiny_ingest(folder_ / "audio", folder_ / "shards"));
    std::vector<data::SkippedRecording> found = report.damaged;
    found.insert(found.end(), report.skipped.begin(), report.skipped.end());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].source, HasSubstr("joined"));
    EXPECT_THAT(found[0].reason,
                HasSubstr("another recording is joined to it at byte " + std::to_string(bytes.size())));
}

INSTANTIATE_TEST_SUITE_P(All, Containers,
                         ::testing::Values(Container{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                                           Container{"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                                           Container{"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
                                           Container{"au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
                                           Container{"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
                                           Container{"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16},
                                           Container{"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                                           Container{"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
                                           Container{"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}),
                         [](const auto& container) { return std::string(container.param.ending); });

class Damaged : public Ingest {
protected:
    std::string flipped(const Container& container) const
    {
        std::string bytes = whole_file(folder_, container);
        for (std::size_t i = 0; i < 3000 && container.format == mp3; ++i) {
            bytes[bytes.size() / 2 + i] = 0;
        }
        bytes[bytes.size() / 2] ^= 0x5A;
        bytes[bytes.size() / 2 + 1] ^= '\xFF';
        return bytes;
    }
    static constexpr int mp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
};

TEST_F(Damaged, ChangedBytesOfCompressedAudioAreNamed)
{
    for (const Container& container : {Container{"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                                       Container{"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS}, Container{"mp3", mp3}}) {
        const auto path = folder_ / (std::string("flipped.") + container.ending);
        write_bytes(path, flipped(container));
        const DecodedAudio audio = decode(path);
        EXPECT_THAT(audio.problem, IsEmpty()) << container.ending;
        EXPECT_THAT(audio.damage, AllOf(HasSubstr("can be decoded"), HasSubstr("damaged"))) << container.ending;
        EXPECT_LT(audio.duration_s(), seconds - 0.5) << container.ending;
    }
}

TEST_F(Damaged, WholeSecondsAreUsedByDefaultAndRefusedWhenStrict)
{
    tone("tuba/a.wav", 2.0);
    tone("flute/b.wav", 2.0, 800);
    const std::string bytes = bytes_of(folder_ / "audio/flute/b.wav");
    tone("flute/cut.wav", 10.0, 700);
    const std::string whole = bytes_of(folder_ / "audio/flute/cut.wav");
    write_bytes(folder_ / "audio/flute/cut.wav", whole.substr(0, 44 + 2 * 4000 * 3 + 1000));
    data::IngestOptions chosen = options();
    const data::IngestReport report = data::ingest(chosen);
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(5, 2));
    ASSERT_EQ(report.damaged.size(), 1U);
    EXPECT_EQ(report.damaged[0].source, "flute/cut.wav");
    EXPECT_THAT(report.damaged[0].reason, HasSubstr("3.12 s of the 10.00 s that its header announces"));
    chosen.strict = true;
    chosen.out = folder_ / "strict";
    EXPECT_THAT(error(chosen), AllOf(HasSubstr("1 are short or damaged"), HasSubstr("flute/cut.wav"),
                                     HasSubstr("10.00 s"), HasSubstr("--strict")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "strict"));
}

TEST_F(Damaged, AHeaderWithoutLengthIsAnotherMatterThanAShortFile)
{
    tone("a/piped.wav", 2.0);
    std::string bytes = bytes_of(folder_ / "audio/a/piped.wav");
    bytes.replace(40, 4, "\xFF\xFF\xFF\xFF");
    write_bytes(folder_ / "audio/a/piped.wav", bytes);
    EXPECT_EQ(decode(folder_ / "audio/a/piped.wav").duration_s(), 2.0);
    EXPECT_THAT(decode(folder_ / "audio/a/piped.wav").damage, IsEmpty()) << "written to a pipe";
    bytes.replace(40, 4, std::string(4, '\0'));
    write_bytes(folder_ / "audio/a/piped.wav", bytes);
    EXPECT_THAT(decode(folder_ / "audio/a/piped.wav").problem,
                AllOf(HasSubstr("holds no samples"), HasSubstr("recorder was stopped")));
}

TEST_F(Damaged, ContentDecidesAndNotTheNameOrATagBefore)
{
    std::string tag("ID3\3\0\0\0\0\2\0", 10);
    tag += std::string(256, '\0');
    for (const Container& container :
         {Container{"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16}, Container{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
          Container{"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS}}) {
        const std::string bytes = whole_file(folder_, container);
        write_bytes(folder_ / "named.Mp3", bytes);
        EXPECT_EQ(decode(folder_ / "named.Mp3").duration_s(), seconds) << container.ending;
        if (container.format == (SF_FORMAT_OGG | SF_FORMAT_VORBIS)) {
            continue;  // nobody tags it so, and libsndfile refuses it
        }
        const auto path = folder_ / (std::string("tagged.") + container.ending);
        write_bytes(path, tag + bytes);
        EXPECT_EQ(decode(path).problem, "") << container.ending;
        EXPECT_EQ(decode(path).duration_s(), seconds) << container.ending;
    }
    write_bytes(folder_ / "mp3.wav", whole_file(folder_, {"mp3", mp3}));
    EXPECT_NEAR(decode(folder_ / "mp3.wav").duration_s(), seconds, 0.1);
}

// libsndfile takes them for MPEG audio, of which libmpg123 then warns.
TEST_F(Damaged, NoLibraryWarnsOnTheTerminal)
{
    std::string tag("ID3\3\0\0\0\0\0\x05", 10);
    tag += std::string(5, '\0');
    for (const std::string& bytes : {std::string("RIFF6\xFF\xFF"), std::string("\xFF\xE0 no frame"),
                                     tag + "RIFF6\xFF\xFF", tag + "OggS", tag + "\xFF\xE9"}) {
        for (const char* name : {"a.mp3", "a.wav"}) {
            write_bytes(folder_ / name, bytes);
            testing::internal::CaptureStderr();
            const std::string problem = decode(folder_ / name).problem;
            EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << name << " of " << bytes;
            EXPECT_THAT(problem, HasSubstr("cannot be")) << name << " of " << bytes;
        }
    }
}

TEST_F(Damaged, AWavsLengthIsHeldAgainstTheFileWhateverItsSize)
{
    tone("long.wav", 6.0);
    const auto path = folder_ / "audio/long.wav";
    const std::string bytes = bytes_of(path);
    const auto with = [&](std::size_t place, std::uint32_t value) {
        std::string changed = bytes;
        std::memcpy(changed.data() + place, &value, 4);
        write_bytes(path, changed);
        return decode(path);
    };
    EXPECT_THAT(with(40, 3175200000U).damage, HasSubstr("6.00 s of the 396900.00 s that its header announces"));
    EXPECT_THAT(with(40, 9000).damage, AllOf(HasSubstr("1.12 s can be decoded"), HasSubstr("does not describe")));
    EXPECT_THAT(with(24, 34).problem, AllOf(HasSubstr("34 Hz"), HasSubstr("expected 100 to")));
}

TEST_F(Damaged, AFileThatIsNoRecordingIsCalledWhatItIs)
{
    const auto problem = [&](const std::string& name, const std::string& bytes) {
        write_bytes(folder_ / name, bytes);
        return decode(folder_ / name).problem;
    };
    EXPECT_THAT(problem("a.mp3", "<!DOCTYPE html><html><head><title>404"), HasSubstr("it is a web page (HTML)"));
    EXPECT_THAT(problem("b.wav", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
                AllOf(HasSubstr("Git LFS pointer"), HasSubstr("git lfs pull")));
    EXPECT_THAT(problem("c.mp3", std::string("\0\0\0\x20"
                                             "ftypM4A ",
                                             12) +
                                     std::string(4000, 'x')),
                HasSubstr("MPEG-4 file (m4a, mp4, mov)"));
    EXPECT_THAT(problem("d.flac", "PK\x03\x04 and so on"), HasSubstr("a ZIP archive"));
    EXPECT_THAT(problem("e.aac", std::string("\xFF\xF1\x50\x80\x02\x1F", 6) + std::string(400, '\1')),
                HasSubstr("an AAC file"));
    EXPECT_THAT(problem("f.mp3", "this is no audio at all"), HasSubstr("it is text"));
    EXPECT_THAT(problem("g.mp3", std::string(5000, '\3')), HasSubstr("there is no MPEG audio in it"));
    EXPECT_THAT(problem("h.wav", std::string(5000, '\3')),
                AllOf(HasSubstr("cannot be decoded"), Not(HasSubstr("possibly a pipe"))));
    for (const char* name : {"x.m4a", "x.wma", "x.AAC", "x.webm"}) {
        EXPECT_TRUE(data::looks_like_audio(name)) << name << " is named, and not passed over as a text is";
    }
}

TEST_F(Damaged, AReasonIsItsOwnFilesWhateverOtherThreadsDecode)
{
    tone("good.wav", 1.0);
    write_bytes(folder_ / "head.wav", bytes_of(folder_ / "audio/good.wav").substr(0, 12));
    write_bytes(folder_ / "noise.wav", std::string(500, '\3'));
    const std::string head = decode(folder_ / "head.wav").problem, noise = decode(folder_ / "noise.wav").problem;
    ASSERT_NE(head, noise);
    std::atomic<int> wrong{0};
    const auto ask = [&](const char* name, const std::string& expected) {
        for (int i = 0; i < 300; ++i) {
            wrong += decode(folder_ / name).problem == expected ? 0 : 1;
        }
    };
    {
        std::jthread one([&] { ask("head.wav", head); }), two([&] { ask("noise.wav", noise); });
        ask("head.wav", head);
    }
    EXPECT_EQ(wrong, 0) << "of 900 reasons";
}

TEST_F(Damaged, NothingIsWrittenToTheTerminal)
{
    const std::string bytes = flipped({"mp3", mp3});
    write_bytes(folder_ / "hole.mp3", bytes);
    const int saved = ::dup(STDERR_FILENO);
    const int file = ::open((folder_ / "stderr").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(file, STDERR_FILENO);
    const DecodedAudio audio = decode(folder_ / "hole.mp3");
    ::dup2(saved, STDERR_FILENO);
    ::close(file);
    ::close(saved);
    EXPECT_EQ(bytes_of(folder_ / "stderr"), "") << "libmpg123 reports to the terminal, without a name";
    EXPECT_THAT(audio.damage, HasSubstr("damaged"));
}

}  // namespace
}  // namespace attnsweep::tests
