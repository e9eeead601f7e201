#include "runner/node/gpu_check.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/nearest_name.h"
#include "runner/node/trial_doctor.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;
using Verdict = Check::Verdict;

std::string driver_version()
{
    std::ifstream file("/sys/module/nvidia/version");
    std::string version;
    std::getline(file, version);
    return version;
}

/// What the trial program found of one GPU.
struct GpuVerdict {
    Gpu gpu;
    std::string capability{};
    std::string why{};     ///< why trials cannot use it; empty: they can
    bool is_busy = false;  ///< another process has it to itself for now
};

/// The UUIDs without what the driver leaves out, "GPU-" or "MIG-".
bool is_same(const std::string& uuid, const std::string& of_driver)
{
    return !of_driver.empty() && uuid.ends_with(of_driver);
}

std::string in_one_line(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

void judge(GpuVerdict& verdict, const Json& device)
{
    verdict.gpu.name = device.value("name", verdict.gpu.name);
    verdict.capability = device.value("capability", "");
    verdict.why = in_one_line(device.value("why", ""));
    // The same words stand for a GPU that nobody may use.
    verdict.is_busy = device.value("busy", false) && is_exclusive(verdict.gpu.uuid);
}

/// Asks about one GPU in a process of its own: in one process a broken GPU may take the others with it, and of the instances of a divided
/// GPU CUDA shows only the first.
GpuVerdict judged_alone(const Gpu& gpu, const std::filesystem::path& program)
{
    GpuVerdict verdict{gpu};
    std::string said;
    const Json doctor = trial_doctor(program, gpu.uuid, said);
    const Json cuda = doctor.is_object() ? doctor["cuda"] : Json::object();
    if (const Json devices = cuda.value("devices", Json::array()); !devices.empty()) {
        judge(verdict, devices[0]);
    } else {
        verdict.why = in_one_line(cuda.value("why", "it does not answer: " + said.substr(0, said.find('\n'))));
    }
    return verdict;
}

/// Asks again, alone, about each GPU on which something failed, or which was not seen among the others.
void judge_failed_alone(std::vector<GpuVerdict>& verdicts, const std::filesystem::path& program)
{
    std::vector<GpuVerdict*> failed;
    for (GpuVerdict& verdict : verdicts) {
        if (!verdict.why.empty()) {
            failed.push_back(&verdict);
        }
    }
    constexpr std::size_t at_once = 16;
    for (std::size_t first = 0; first < failed.size(); first += at_once) {
        std::vector<std::future<GpuVerdict>> asked;
        for (std::size_t i = first; i < std::min(first + at_once, failed.size()); ++i) {
            asked.push_back(std::async(std::launch::async,
                                       [&gpu = failed[i]->gpu, &program] { return judged_alone(gpu, program); }));
        }
        for (std::size_t i = 0; i < asked.size(); ++i) {
            *failed[first + i] = asked[i].get();
        }
    }
}

/// The verdict on each GPU, in CUDA's order, then those that CUDA does not show. `cuda`: what the trial program said when it saw all.
std::vector<GpuVerdict> judged(const std::vector<Gpu>& visible, const Json& cuda, const std::filesystem::path& program)
{
    std::vector<GpuVerdict> verdicts;
    const std::vector<Gpu> here = gpus_here();
    int number = 0;
    for (const Json& device : cuda.value("devices", Json::array())) {
        const auto found = std::find_if(here.begin(), here.end(),
                                        [&](const Gpu& gpu) { return is_same(gpu.uuid, device.value("uuid", "")); });
        if (found != here.end()) {
            GpuVerdict& verdict = verdicts.emplace_back(GpuVerdict{*found});
            verdict.gpu.number = number;
            judge(verdict, device);
        }
        ++number;
    }
    // Where numbers select, NVML's order may not be CUDA's, which has shown all that are meant.
    for (const Gpu& gpu : are_selected_by_number() && number > 0 ? std::vector<Gpu>() : visible) {
        const bool is_known = std::any_of(verdicts.begin(), verdicts.end(),
                                          [&](const GpuVerdict& verdict) { return verdict.gpu.uuid == gpu.uuid; });
        if (!is_known) {
            GpuVerdict& verdict = verdicts.emplace_back(GpuVerdict{gpu});
            verdict.gpu.number = number > 0 ? -1 : gpu.number;
            verdict.why = "CUDA does not show it";
        }
    }
    judge_failed_alone(verdicts, program);
    return verdicts;
}

/// "2 GPUs NVIDIA H100 (compute capability 9.0)"
std::string counted(const std::vector<GpuVerdict>& verdicts, std::size_t count)
{
    const std::string kind = verdicts.empty() || verdicts[0].gpu.name.empty() ? "" : " " + verdicts[0].gpu.name;
    const std::string capability = verdicts.empty() || verdicts[0].capability.empty()
                                       ? ""
                                       : fmt::format(" (compute capability {})", verdicts[0].capability);
    return fmt::format("{} GPU{}{}{}", count, count == 1 ? "" : "s", kind, capability);
}

}  // namespace

Check device_check(const Node& node, const std::string& device, const std::filesystem::path& trial_program,
                   const Json& doctor, NodeReport& report)
{
    const std::string cores = fmt::format("{} core{}", node.usable_cores, node.usable_cores == 1 ? "" : "s");
    Check check{"device", cores, Verdict::good, {}, {}, exit_no_device};
    const std::vector<Gpu> gpus = visible_gpus();
    const bool wants_gpu = device.starts_with("cuda");
    if (gpus.empty()) {
        check.found += ", no GPU";
        if (wants_gpu) {
            check.verdict = Verdict::bad;
            check.wrong =
                fmt::format("--device {}: there is no GPU: NVML (libnvidia-ml.so.1, part of the NVIDIA driver) finds "
                            "none, or CUDA_VISIBLE_DEVICES hides it",
                            device);
            check.remedy = "install the driver, or use --device cpu";
        }
        return check;
    }
    const std::string driver = driver_version();
    const std::string of_driver = driver.empty() ? "" : ", driver " + driver;
    if (device == "cpu" || !doctor.is_object()) {
        check.found = counted({}, gpus.size()) + of_driver;
        report.gpus = gpus;
        return check;
    }
    const Json& cuda = doctor["cuda"];
    const bool is_loaded = cuda.value("loaded", false);
    const std::vector<GpuVerdict> verdicts = is_loaded ? judged(gpus, cuda, trial_program) : std::vector<GpuVerdict>{};
    std::vector<std::string> unusable, busy;
    for (const GpuVerdict& verdict : verdicts) {
        const std::string name = verdict.gpu.uuid + (verdict.gpu.name.empty() ? "" : " (" + verdict.gpu.name + ")");
        if (verdict.why.empty() || verdict.is_busy) {
            report.gpus.push_back(verdict.gpu);
        } else {
            unusable.push_back(name + ": " + verdict.why);
        }
        if (verdict.is_busy) {
            busy.push_back(name);
        }
    }
    if (!report.gpus.empty()) {
        check.found = counted(verdicts, report.gpus.size()) + of_driver;
        if (!unusable.empty()) {
            check.verdict = Verdict::warning;
            check.found += fmt::format(", {} left out", unusable.size());
            check.wrong =
                fmt::format("{} of {} GPUs cannot be used and {} left out: {}", unusable.size(), verdicts.size(),
                            unusable.size() == 1 ? "is" : "are", configs::joined(unusable, "; "));
            check.remedy = "see `nvidia-smi -q`; the others are used";
        } else if (!busy.empty()) {
            check.verdict = Verdict::warning;
            check.wrong = "used by another process alone at the moment: " + configs::joined(busy);
            check.remedy = "its trials wait for it, five minutes each; `nvidia-smi` says who uses it";
        }
        return check;
    }
    const std::string build = cuda.value("build", "");
    check.wrong = fmt::format("NVML lists {} GPU{}, but {}{}", gpus.size(), gpus.size() == 1 ? "" : "s",
                              unusable.empty() ? in_one_line(cuda.value("why", "none can be used"))
                                               : "none can be used: " + configs::joined(unusable, "; "),
                              build.empty() ? "" : "; built with " + in_one_line(build));
    check.remedy =
        is_loaded ? "mend that, or use --device cpu"
                  : "fix that (./quickstart.sh --cuda --install-only fetches libtorch's CUDA set), or use --device cpu";
    check.verdict = wants_gpu ? Verdict::bad : Verdict::warning;
    if (!wants_gpu) {
        check.found = cores + ", GPU unused";
    }
    return check;
}

}  // namespace attnsweep::runner
