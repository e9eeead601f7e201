"""Opens what `attnsweep export` wrote with the programs it is for.

read_exports.py events FOLDER   a line a run: TensorBoard's own reader and hparams parser
read_exports.py code FILE       runs the first Python block of a Markdown file, here
"""
import pathlib
import sys


def events(folder):
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
    from tensorboard.plugins.hparams import metadata

    runs = EventMultiplexer(size_guidance={"scalars": 0}).AddRunsFromDirectory(folder)
    runs.Reload()
    for run in sorted(runs.Runs()):
        content = runs.PluginRunToTagToContent("hparams").get(run, {})
        if "_hparams_/experiment" in content:
            experiment = metadata.parse_experiment_plugin_data(content["_hparams_/experiment"])
            print(run, experiment.name, ",".join(info.name for info in experiment.hparam_infos), len(experiment.metric_infos))
            continue
        start = metadata.parse_session_start_info_plugin_data(content["_hparams_/session_start_info"])
        end = metadata.parse_session_end_info_plugin_data(content["_hparams_/session_end_info"])
        curve = runs.Scalars(run, "validation/accuracy")
        test = runs.Scalars(run, "test/accuracy")
        print(run, start.group_name, f"{start.hparams['model.attention_ratio'].number_value:g}", end.status, len(curve), curve[-1].step,
              f"{curve[-1].value:.5f}", test[0].step, f"{test[0].value:.5f}")


def code(file):
    text = pathlib.Path(file).read_text(encoding="utf-8")
    exec(text.split("```python\n")[1].split("```")[0], {})


{"events": events, "code": code}[sys.argv[1]](sys.argv[2])
