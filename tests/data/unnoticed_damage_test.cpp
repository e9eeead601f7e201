// Damage that no decoder reports: what a file's own header, checksum or end says of it.
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/ingest_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double seconds = 6;

struct Format {
    const char* name;
    int format;
    int rate_hz;
};

// Google Test prints a parameter that it has no words for byte by byte, padding included.
// NOLINTNEXTLINE(readability-identifier-naming): the name that Google Test looks for
void PrintTo(const Format& format, std::ostream* out)
{
    *out << format.name;
}

class RareFormats : public Ingest, public ::testing::WithParamInterface<Format> {
protected:
    std::string whole(int channels) const
    {
        const Format& format = GetParam();
        const auto path = folder_ / "whole";
        write_audio(path, sine(440, seconds * channels, format.rate_hz), format.rate_hz, format.format, channels);
        return bytes_of(path);
    }
    DecodedAudio decoded(const std::string& bytes) const
    {
        write_bytes(folder_ / "changed.wav", bytes);
        return decode(folder_ / "changed.wav");
    }
    static int most_channels() { return GetParam().format == (SF_FORMAT_WVE | SF_FORMAT_ALAW) ? 1 : 2; }
};

TEST_P(RareFormats, ACutIsHeldAgainstTheHeaderAndAWholeFileIsNotSuspected)
{
    for (int channels = 1; channels <= most_channels(); ++channels) {
        const std::string bytes = whole(channels);
        EXPECT_THAT(decoded(bytes).problem, IsEmpty()) << channels;
        EXPECT_THAT(decoded(bytes).damage, IsEmpty()) << channels;
        EXPECT_THAT(decoded(bytes.substr(0, bytes.size() * 6 / 10)).damage,
                    HasSubstr(" s of the 6.00 s that its header announces"))
            << channels;
    }
}

INSTANTIATE_TEST_SUITE_P(All, RareFormats,
                         ::testing::Values(Format{"voc", SF_FORMAT_VOC | SF_FORMAT_PCM_16, 22050},
                                           Format{"nist", SF_FORMAT_NIST | SF_FORMAT_PCM_16, 22050},
                                           Format{"nist_alaw", SF_FORMAT_NIST | SF_FORMAT_ALAW, 8000},
                                           Format{"avr", SF_FORMAT_AVR | SF_FORMAT_PCM_16, 22050},
                                           Format{"mat4", SF_FORMAT_MAT4 | SF_FORMAT_PCM_16, 22050},
                                           Format{"mat5", SF_FORMAT_MAT5 | SF_FORMAT_PCM_16, 22050},
                                           Format{"mpc2k", SF_FORMAT_MPC2K | SF_FORMAT_PCM_16, 22050},
                                           Format{"wve", SF_FORMAT_WVE | SF_FORMAT_ALAW, 8000}),
                         [](const auto& format) { return std::string(format.param.name); });

class Unnoticed : public Ingest {
protected:
    std::string whole(int format, int rate_hz = 44100) const
    {
        const auto path = folder_ / "whole";
        write_audio(path, sine(440, seconds, rate_hz), rate_hz, format);
        return bytes_of(path);
    }
    DecodedAudio decoded(const std::string& name, const std::string& bytes) const
    {
        write_bytes(folder_ / name, bytes);
        return decode(folder_ / name);
    }
    void two_classes() const
    {
        tone("tuba/a.wav", 2.0);
        tone("flute/b.wav", 2.0, 800);
    }
};

TEST_F(Unnoticed, AFormatWithoutLengthIsNotedSinceNothingShowsACut)
{
    two_classes();
    for (const auto& [name, format] :
         {std::pair{"paf", SF_FORMAT_PAF}, {"ircam", SF_FORMAT_IRCAM}, {"pvf", SF_FORMAT_PVF}}) {
        const std::string bytes = whole(format | SF_FORMAT_PCM_16, 4000);
        write_bytes(folder_ / "audio/tuba" / (std::string(name) + ".wav"), bytes.substr(0, bytes.size() * 6 / 10));
    }
    const data::IngestReport report = data::ingest(options());
    EXPECT_THAT(report.damaged, IsEmpty());
    EXPECT_THAT(report.notes, Contains(AllOf(HasSubstr("3 recordings"), HasSubstr("tuba/ircam.wav"),
                                             HasSubstr("announces no length"))));
}

TEST_F(Unnoticed, TheSamplesOfAFlacAreHeldAgainstItsMd5)
{
    constexpr std::size_t total = 22, md5 = 26;
    for (const int format : {SF_FORMAT_PCM_S8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24}) {
        const std::string bytes = whole(SF_FORMAT_FLAC | format);
        EXPECT_THAT(decoded("whole.flac", bytes).damage, IsEmpty());
        std::string changed = bytes;
        changed[md5] ^= 1;
        EXPECT_THAT(decoded("sum.flac", changed).damage, AllOf(HasSubstr("6.00 s can be decoded"), HasSubstr("MD5")));
        changed = bytes;
        changed.replace(md5, 16, std::string(16, '\0'));
        EXPECT_THAT(decoded("none.flac", changed).damage, IsEmpty()) << "zero: the encoder computed none";
        changed = bytes;
        changed.replace(total, 4, std::string("\0\1\0\0", 4));
        EXPECT_THAT(decoded("total.flac", changed).damage, AllOf(HasSubstr("1.49 s can be decoded"), HasSubstr("MD5")));
    }
    write_audio(folder_ / "stereo.flac", sine(440, seconds, 44100), 22050, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2);
    EXPECT_THAT(decode(folder_ / "stereo.flac").damage, IsEmpty());
}

TEST_F(Unnoticed, WhatFollowsTheEndIsNamedUnlessItIsATag)
{
    const std::string tag = "TAG" + std::string(125, ' ');
    std::string id3("ID3\3\0\0\0\0\2\0", 10);
    id3 += std::string(256, '\0');
    for (const auto& [name, format] :
         {std::pair{"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS}, {"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}}) {
        const std::string bytes = whole(format);
        for (const std::string& harmless : {std::string(), tag, id3, std::string("APETAGEX") + std::string(9000, 'x'),
                                            std::string(512, '\0'), std::string("\r\n")}) {
            EXPECT_THAT(decoded(name, bytes + harmless).damage, IsEmpty()) << name << harmless.substr(0, 8);
        }
        for (const std::size_t size : {std::size_t{20000}, std::size_t{100000}}) {
            std::string junk;
            while (junk.size() < size) {
                junk += "<html>junk</html>";
            }
            const std::string place = "at byte " + std::to_string(bytes.size());
            const auto is_named = AnyOf(AllOf(HasSubstr(" bytes behind its end (" + place), HasSubstr("are no audio")),
                                        HasSubstr("damaged " + place));  // libmpg123 looks at 64 KB
            EXPECT_THAT(decoded(name, bytes + junk).damage, is_named) << name << size;
            EXPECT_THAT(decoded(name, bytes + std::string(size, '\0')).damage, is_named) << name << size;
        }
    }
}

TEST_F(Unnoticed, ALevelThatNoTransformCanHoldIsRefusedAsNoNumberIs)
{
    two_classes();
    for (const double level : {2e10, 1e20, 1e30, 3e38}) {
        const auto path = folder_ / "audio/tuba/loud.wav";
        write_audio(path, sine(440, 2, 4000, level), 4000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
        EXPECT_THAT(decode(path).problem,
                    AllOf(HasSubstr("e+"), HasSubstr(" s, expected samples from -1e+10 to 1e+10")))
            << level;
        data::IngestOptions chosen = options();
        chosen.out = folder_ / ("shards" + std::to_string(level));
        EXPECT_EQ(data::ingest(chosen).skipped.size(), 1U) << level;
        chosen.strict = true;
        chosen.out = folder_ / "strict";
        EXPECT_THAT(error(chosen), HasSubstr("tuba/loud.wav")) << level;
    }
    write_audio(folder_ / "wide.wav", sine(440, 2, 4000, 2147483648.0), 4000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    EXPECT_THAT(decode(folder_ / "wide.wav").problem, IsEmpty()) << "32-bit numbers that nobody scaled";
    write_audio(folder_ / "two.wav", std::vector<float>(9000, 3e38F), 4000, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2);
    EXPECT_THAT(decode(folder_ / "two.wav").problem, HasSubstr("expected samples from")) << "their sum overflows";
}

TEST_F(Unnoticed, WhyACafOrADoubleHeaderCannotBeReadIsSaidInOurWords)
{
    const std::string caf = whole(SF_FORMAT_CAF | SF_FORMAT_PCM_16);
    EXPECT_THAT(decoded("a.caf", caf.substr(0, caf.size() * 6 / 10)).problem,
                AllOf(HasSubstr("cannot be decoded: it is cut off: "), HasSubstr("bytes of the 529204")));
    std::string endless = caf;
    endless.replace(caf.find("data") + 4, 8, std::string(8, '\xFF'));
    EXPECT_THAT(decoded("a.caf", endless).problem, AllOf(HasSubstr("announces no length"), HasSubstr("rewrite it")));
    for (const int format : {SF_FORMAT_WAV, SF_FORMAT_AIFF}) {
        const std::string bytes = whole(format | SF_FORMAT_PCM_16);
        EXPECT_THAT(decoded("twice.wav", bytes + bytes).problem,
                    AllOf(HasSubstr("a second header"), Not(HasSubstr("marker"))));
    }
}

TEST_F(Unnoticed, BytesAreCalledTextOnlyIfTheyCanBeRead)
{
    EXPECT_THAT(decoded("a.mp3", std::string(200000, '\xFF')).problem, Not(HasSubstr("text")));
    EXPECT_THAT(decoded("b.wav", std::string(3000, '\xFE')).problem, Not(HasSubstr("text")));
    EXPECT_THAT(decoded("c.wav", "Fl\xF6te und Geige, in Latin-1 geschrieben").problem, HasSubstr("it is text"));
    std::string chinese;
    while (chinese.size() < 600) {  // the first 512 bytes end within a character
        chinese += "\u4E8C\u80E1";
    }
    EXPECT_THAT(decoded("d.wav", "x" + chinese).problem, HasSubstr("it is text"));
}

}  // namespace
}  // namespace attnsweep::tests
