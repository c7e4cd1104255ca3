"""Holds gatelint to a real compiler on inputs made by chance.

    compare.py BINARY sam|serverless COUNT SEED [COMPILER]

Of what the compiler accepts, the source must come out with the endpoints of what it was compiled to, and nothing may be said to be
refused. Of what it refuses, something must be said. Exit status: 0 when all holds, 1 when not; the inputs then stay in the folder named.
"""
import collections
import importlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def read(binary, folder, name):
    "endpoints and problems of the files of this name, by case"
    files = sorted(str(path.relative_to(folder)) for path in folder.glob(f"*/{name}"))
    endpoints, problems = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for start in range(0, len(files), 400):
        command = [binary, "endpoints", "--format", "json", *files[start : start + 400]]
        told = json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout)
        for stack in told["stacks"]:
            case = stack["file"].split("/")[0]
            for row in stack["endpoints"]:
                row = {key: value for key, value in row.items() if key not in ("location", "trail")}
                row["cases"] = sorted(json.dumps(one, sort_keys=True) for one in row["cases"])
                endpoints[case][json.dumps(row, sort_keys=True)] += 1
        for problem in told["problems"]:
            problems[problem["location"]["file"].split("/")[0]].append(problem["message"])
    return endpoints, problems


def main(binary, kind, count, seed, *compiler):
    made = importlib.import_module(kind)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"gatelint-{kind}-"))
    refused = {}
    for nth in range(int(seed), int(seed) + int(count)):
        case = folder / str(nth)
        case.mkdir()
        source = made.generated(nth)
        (case / made.FILE).write_text(yaml.dump(source, Dumper=Plain, sort_keys=False))
        text, why = made.compiled(case, source, *compiler)
        if why is None:
            (case / "compiled.json").write_text(text)
        else:
            refused[case.name] = why
    sources, said = read(binary, folder, made.FILE)
    results, _ = read(binary, folder, "compiled.json")
    fallen = []
    for case in sorted((path.name for path in folder.iterdir()), key=int):
        if case in refused:
            if not said[case]:
                fallen.append(f"{case}: nothing is said of what the compiler refuses: {refused[case][:300]}")
            continue
        for message in said[case]:
            if "refuses" in message:
                fallen.append(f"{case}: the compiler does not refuse it: {message}")
        for row in sources[case] - results[case]:
            fallen.append(f"{case}: not compiled to: {row}")
        for row in results[case] - sources[case]:
            fallen.append(f"{case}: missing: {row}")
    accepted = int(count) - len(refused)
    print(f"{kind}: {accepted} compiled to {sum(map(len, results.values()))} endpoints, {len(refused)} refused, {len(fallen)} fell")
    print("\n".join(fallen[:20]))
    if fallen:
        print(f"the inputs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
