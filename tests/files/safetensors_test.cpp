// Weights on disk: valid safetensors for whoever else reads them, checksummed for us; files of version 0.1.0 go on loading.
#include "files/safetensors.h"

#include <cstdint>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "tests/files/python.h"
#include "tests/temporary_folder.h"

namespace attnsweep::files {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr const char* script = "tests/files/read_safetensors.py";

std::string with_length(const std::string& header, const std::string& numbers)
{
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + numbers;
}

std::string numbers_of(std::initializer_list<float> values)
{
    std::string bytes;
    for (const float value : values) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return bytes;
}

const std::string header = R"({"a":{"data_offsets":[0,8],"dtype":"F32","shape":[2,1]},)"
                           R"("b":{"data_offsets":[8,12],"dtype":"F32","shape":[]}}   )";
const std::string numbers = numbers_of({1.5F, -2.0F, 3.0F});

class SafetensorsFile : public ::testing::Test {
protected:
    std::string damage() const
    {
        try {
            read_safetensors(path_);
        } catch (const Error& error) {
            return error.what();
        }
        return "none";
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "weights-last.safetensors";
};

TEST_F(SafetensorsFile, IsReadByPythonsStandardLibrary)
{
    write_safetensors(path_, with_length(header, numbers));
    const tests::PythonAnswer answer = tests::run_python(script, path_);
    EXPECT_EQ(answer.code, 0) << answer.output;
    EXPECT_THAT(answer.output, HasSubstr(R"("a": {"shape": [2, 1], "first": [1.5, -2.0], "sum": -0.5})"));
    EXPECT_THAT(answer.output, HasSubstr(R"("b": {"shape": [], "first": [3.0], "sum": 3.0})"));
    EXPECT_THAT(answer.output, HasSubstr(R"({"metadata": {"crc32c": ")"));
}

TEST_F(SafetensorsFile, OfNoTensorIsValidToo)
{
    write_safetensors(path_, with_length("{}", ""));
    const tests::PythonAnswer answer = tests::run_python(script, path_);
    EXPECT_EQ(answer.code, 0) << answer.output;
    EXPECT_EQ(damage(), "none");
}

// Or the test above would show little.
TEST_F(SafetensorsFile, WithHolesOrATrailerIsRefusedByTheScript)
{
    write_checked(path_, with_length(header, numbers));
    tests::PythonAnswer answer = tests::run_python(script, path_);
    EXPECT_EQ(answer.code, 1);
    EXPECT_THAT(answer.output, HasSubstr("15 bytes follow the last tensor"));

    std::string hole = header;
    hole.replace(hole.find("[8,12]"), 6, "[12,16]");
    write_durably(path_, with_length(hole, numbers + "hole"));
    answer = tests::run_python(script, path_);
    EXPECT_EQ(answer.code, 1);
    EXPECT_THAT(answer.output, HasSubstr("b: a hole or an overlap at 12"));
}

TEST_F(SafetensorsFile, ComesBackWithItsNumbers)
{
    write_safetensors(path_, with_length(header, numbers));
    const std::string bytes = read_safetensors(path_);
    EXPECT_EQ(bytes, read_file(path_));
    EXPECT_THAT(bytes, EndsWith(numbers));
    EXPECT_EQ((bytes.size() - numbers.size()) % 8, 0u) << "the numbers are aligned where the file is mapped";
}

TEST_F(SafetensorsFile, AnyByteChangedOrMissingIsDamage)
{
    write_safetensors(path_, with_length(header, numbers));
    const std::string whole = read_file(path_);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        write_unsynced(path_, changed);
        EXPECT_THAT(damage(), HasSubstr("damaged")) << "byte " << at;
        write_unsynced(path_, whole.substr(0, at));
        EXPECT_THAT(damage(), HasSubstr("damaged")) << at << " bytes";
    }
    write_unsynced(path_, whole + "x");
    EXPECT_THAT(damage(), HasSubstr("damaged"));
}

TEST_F(SafetensorsFile, OfVersion010IsReadWithoutItsTrailer)
{
    const std::filesystem::path old = folder_ / "weights-last.pt";
    write_checked(old, with_length(header, numbers));  // as it wrote them
    EXPECT_EQ(read_safetensors(old), with_length(header, numbers));
}

TEST_F(SafetensorsFile, OfSomethingElseIsNotWritten)
{
    EXPECT_THROW(write_safetensors(path_, "short"), Error);
    EXPECT_THROW(write_safetensors(path_, with_length("[]", numbers)), Error);
    write_safetensors(path_, with_length(header, numbers));
    EXPECT_THROW(write_safetensors(path_, read_safetensors(path_)), Error) << "it has its metadata already";
}

}  // namespace
}  // namespace attnsweep::files
