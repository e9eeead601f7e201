"""The report of check.py: report.json, and report.md to read."""
import datetime
import json
import platform


def number(value):
    if isinstance(value, float):
        return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    return str(value)


def table(rows):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(number(row.get(column, "")) for column in columns) + " |" for row in rows]


def figures(outcome):
    lines = []
    for name, value in outcome["figures"].items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += ["", f"{name}:", "", *table(value), ""]
        else:
            lines.append(f"- {name}: {', '.join(map(number, value)) if isinstance(value, list) else number(value)}")
    return lines


def write(options, outcomes, seconds):
    whole = {"date": datetime.date.today().isoformat(), "device": options.device, "short": options.short,
             "machine": platform.machine(), "seconds": round(seconds), "steps": outcomes}
    (options.out / "report.json").write_text(json.dumps(whole, indent=1) + "\n")
    count = {status: sum(outcome["status"] == status for outcome in outcomes) for status in ("passed", "failed", "not run")}
    lines = [f"# Check on device {options.device}, {whole['date']}", "",
             f"{'Short' if options.short else 'Long'} form, {seconds:.0f} s: {count['passed']} steps passed, {count['failed']} failed, "
             f"{count['not run']} not run.", "", "| step | what | status | seconds | why |", "|---|---|---|---|---|"]
    lines += [f"| {outcome['name']} | {outcome['what']} | {outcome['status']} | {outcome['seconds']} | {outcome['why']} |" for outcome in outcomes]
    for outcome in outcomes:
        if outcome["figures"]:
            lines += ["", f"## {outcome['name']}", "", *figures(outcome)]
    (options.out / "report.md").write_text("\n".join(lines) + "\n")
