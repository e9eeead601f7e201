#include "tests/reports/hostile_corpus.h"
#include "configs/trial_identity.h"

#include "tests/store/synthetic_sweep.h"

namespace attnsweep::reports {

std::vector<std::string> hostile_classes()
{
    return {"<script>alert(1)</script>",
            "=cmd|' /C calc'!A0",
            "\\input{x}",
            "it's \"quoted\"",
            "100 %s %d %n %%",
            "#1_a&b^c~d$e$",
            "two\nlines\r\nand\ttabs",
            "\xE2\x80\xAEgnp.exe",
            "]]>--><!--",
            "[2cm] ?`!`",
            "a'\nsystem 'touch pwned",
            "`touch pwned`",
            "</style><svg onload=alert(1)>",
            "</title>\" onfocus=alert(1) x=\"",
            "{\\write18{touch pwned}}",
            "@{set terminal dumb}",
            "Fl\xC3\xB6te \xE4\xBA\x8C\xE8\x83\xA1 \xF0\x9F\x8E\xBB",
            std::string(300, 'W')};
}

configs::Sweep hostile_sweep()
{
    configs::Sweep sweep = synthetic_sweep("<img src=x onerror=alert(1)> %s \\end{document}", 2);
    sweep.description = "</p><script>alert(2)</script> \\immediate\\write18{touch pwned} | =1+1";
    sweep.overrides = {"data.x=</dd><script>alert(3)</script>"};
    sweep.path = "/home/who/</dd><script>.toml";
    sweep.data.classes = hostile_classes();
    sweep.data.clips_per_class.assign(hostile_classes().size(), 100);
    for (configs::Trial& trial : sweep.trials) {
        trial.spec.data_set.classes = static_cast<int>(hostile_classes().size());
        trial.id = configs::trial_id(trial.spec);
        trial.configuration += "-'<b>%n&_#\\";
        trial.label = trial.configuration + "-s" + std::to_string(trial.repeat);
    }
    return sweep;
}

void fill_hostile(store::Store& store, const configs::Sweep& sweep)
{
    store.record_sweep(sweep);
    const std::size_t classes = hostile_classes().size();
    for (std::size_t i = 0; i + 2 < sweep.trials.size(); ++i) {
        configs::TrialResult result = lifelike_result(sweep.trials[i]);
        result.classes = hostile_classes();
        result.train_clips_per_class.assign(classes, 90);
        result.test_clips_per_class.assign(classes, 20);
        result.test_clips = static_cast<std::int64_t>(20 * classes);
        configs::Confusion confusion(classes, std::vector<std::int64_t>(classes, 0));
        for (std::size_t c = 0; c < classes; ++c) {
            const auto wrong = static_cast<std::int64_t>((i + c) % 7);
            confusion[c][c] = 20 - wrong;
            confusion[c][(c + 1 + i) % classes] += wrong;
        }
        result.last.confusion = result.best.confusion = confusion;
        result.execution.host = "node</td><script>alert(4)</script>";
        result.execution.device_name = "\"GPU\" & <b>co</b>";
        store.commit(result);
    }
    store.commit(failed_result(sweep.trials[sweep.trials.size() - 2], "error",
                               "</li><script>alert(5)</script>\n\\input{/etc/passwd} \xE2\x80\xAE"));
}

}  // namespace attnsweep::reports
