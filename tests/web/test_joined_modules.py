"""Modules that are joined into one do what they do apart."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from server.web import page_files
from server.web.joined_modules import join_modules

NODE = Path(sys.executable).with_name("node")
PROGRAMS: Mapping[str, Mapping[str, str]] = {
    "names, also other ones": {
        "main.js": 'import { one, two as second } from "./a.js";\nconsole.log(one, second());\n',
        "a.js": "export const one = 1;\nexport function two() {\n  return one + 1;\n}\n",
    },
    "many names on lines of their own": {
        "main.js": 'import {\n  one,\n  two,\n} from "./a.js";\nconsole.log(one, two);\n',
        "a.js": "export const one = 1;\nexport const two = 2;\n",
    },
    "a namespace": {
        "main.js": 'import * as a from "./a.js";\nconsole.log(Object.keys(a).join(), a.b, a.toString);\n',
        "a.js": "export const a = 1;\nexport const b = 2;\n",
    },
    "nothing but what a module does": {
        "main.js": 'import "./a.js";\nconsole.log(globalThis.said);\n',
        "a.js": "globalThis.said = 1;\n",
    },
    "names that another module passes on": {
        "main.js": 'import { one, second } from "./a.js";\nconsole.log(one, second, globalThis.said);\n',
        "a.js": 'export { one, two as second } from "./b.js";\nglobalThis.said = typeof two;\n',
        "b.js": "export const one = 1;\nexport const two = 2;\n",
    },
    "classes and functions that wait": {
        "main.js": 'import { A, wait } from "./a.js";\nwait(new A()).then(console.log);\n',
        "a.js": "export class A {\n  #b = 1;\n  get b() {\n    return this.#b;\n  }\n}\n"
        "export async function wait(a) {\n  return (await a).b;\n}\n",
    },
    "folders": {
        "main.js": 'import { a } from "./one/a.js";\nconsole.log(a);\n',
        "one/a.js": 'import { b } from "../two/b.js";\nexport const a = b + 1;\n',
        "two/b.js": 'import { c } from "./c.js";\nexport const b = c + 1;\n',
        "two/c.js": "export const c = 1;\n",
    },
    "names of its own": {
        "main.js": 'import { a } from "./a.js";\nconst hidden = 1;\nconsole.log(a, hidden);\n',
        "a.js": "const hidden = 2;\nexport const a = hidden;\n",
    },
    "each module once, in order": {
        "main.js": 'import "./a.js";\nimport "./b.js";\nconsole.log("main");\n',
        "a.js": 'import "./c.js";\nconsole.log("a");\n',
        "b.js": 'import "./a.js";\nimport "./c.js";\nconsole.log("b");\n',
        "c.js": 'console.log("c");\n',
    },
    "strict code": {
        "main.js": "try {\n  undeclared = 1;\n} catch (error) {\n  console.log(error.name, typeof this);\n}\n"
        "console.log((function () {\n  return this;\n})());\n",
    },
    "imports and exports that nobody can change": {
        "main.js": 'import * as a from "./a.js";\nimport { b } from "./a.js";\n'
        "for (const change of [() => (a.b = 2), () => (b = 2), () => delete a.b])\n"
        "  try {\n    change();\n  } catch (error) {\n    console.log(error.name, b);\n  }\n",
        "a.js": "export const b = 1;\n",
    },
    "functions above their declaration": {
        "main.js": "console.log(later(), a());\nfunction later() {\n  return 1;\n}\n"
        'import { a } from "./a.js";\n',
        "a.js": "export function a() {\n  return b;\n}\nconst b = 2;\n",
    },
    "text that looks like statements and comments": {
        "main.js": 'import { a } from "./a.js"; // "\'`\n'
        'console.log(a, { import: 1 }.import, /export "\\/*/.source);\n',
        "a.js": '/* import { x } from "./x.js"; */\nexport const a = `\nexport const b = 1; // ${"/* b */"}\n'
        'import "./b.js";\n\n\n`;\n',
    },
    "a comment in place of the end of a line": {
        "main.js": "let a = 1 /* \n */ let b = 2\nconsole.log(a, b)\n"
    },
}


RUNNER = """
import { setTimeout } from "node:timers/promises";

let said;
console.log = (...words) => said.push(words.map(String));
const all = {};
for (const program of process.argv.slice(2)) {
  all[program] = [];
  for (const main of ["main.js", "joined.js"]) {
    said = [];
    delete globalThis.said;
    await import(`./${program}/${main}`);
    await setTimeout();
    all[program].push(said);
  }
}
process.stdout.write(JSON.stringify(all));
"""
"""Runs the modules of programs as they are and joined, and prints what they say."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[object, object]]:
    """What each program says as it is, and what it says joined."""
    root = tmp_path_factory.mktemp("programs")
    (root / "package.json").write_text('{"type": "module"}')
    (root / "runner.js").write_text(RUNNER)
    for name, sources in PROGRAMS.items():
        for path, source in {**sources, "joined.js": join_modules("main.js", sources)}.items():
            (root / name / path).parent.mkdir(exist_ok=True, parents=True)
            (root / name / path).write_text(source)
    command = [NODE, root / "runner.js", *PROGRAMS]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    result: Mapping[str, tuple[object, object]] = json.loads(ended.stdout)
    return result


@pytest.mark.parametrize("program", PROGRAMS)
def test_joined_modules_do_the_same_as_separate_ones(
    said: Mapping[str, tuple[object, object]], program: str
) -> None:
    separate, joined = said[program]
    assert separate
    assert joined == separate


@pytest.mark.parametrize(
    "statement",
    [
        'export * as a from "./b.js";',
        'export * from "./b.js";',
        "export default 1;",
        "export let a = 1;",
        "export { a };",
        "export const { a } = b;",
        'import a from "./b.js";',
        'const a = await import("./b.js");',
        "const a = import.meta.url;",
        '  import { a } from "./b.js";',
        "{\nexport function a() {}\n}\nexport { b };",
    ],
)
def test_other_forms_are_refused_with_the_module(statement: str) -> None:
    with pytest.raises(ValueError, match=r"^main\.js: '(?s:.*)' cannot be joined, only"):
        join_modules("main.js", {"main.js": f"{statement}\n", "b.js": "export const a = 1;\n"})


@pytest.mark.parametrize(
    ("imported", "words"),
    [
        ('import "./c.js";\n', "main.js imports c.js, which is missing"),
        ('import { c } from "./b.js";\n', "main.js imports c from b.js, which does not export it"),
        ('export { c } from "./b.js";\n', "main.js imports c from b.js, which does not export it"),
        ('import "./a.js";\n', "in a circle: main.js imports a.js imports main.js"),
    ],
)
def test_modules_that_do_not_fit_are_refused(imported: str, words: str) -> None:
    sources = {"main.js": imported, "a.js": 'import "./main.js";\n', "b.js": "export const b = 1;\n"}
    with pytest.raises(ValueError, match=words):
        join_modules("main.js", sources)


def test_all_modules_of_the_page_are_joined_once(tmp_path: Path) -> None:
    sources = {
        path: content.decode() for path, content in page_files.static().items() if path.endswith(".js")
    }
    joined = join_modules("js/main.js", sources)
    modules = {path for path in sources if path != "js/theme.js"}
    assert sorted(line[3:] for line in joined.splitlines() if line.startswith("// ")) == sorted(modules)
    (tmp_path / "page.mjs").write_text(joined)
    subprocess.run([NODE, "--check", tmp_path / "page.mjs"], check=True)
