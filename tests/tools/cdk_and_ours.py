"""Lets the official CLI and ours deploy the same assembly, and each take over what the other has deployed.

    target/tools/ministack/bin/python tests/tools/cdk_and_ours.py [--bootstrap] BELVEDERE ASSEMBLY

BELVEDERE is our program. Every case has an emulator of its own, empty; with --bootstrap the one of the official CLI has
the bucket of the bootstrap stack, on which the assembly counts, and ours has it only where it takes over.

    alike           each deploys into an account of its own: deployed.py makes the same picture of both
    after theirs    the official CLI deploys; ours has nothing to change and no differences, and destroys it
    after ours      ours deploys; the official CLI has nothing to change and no differences, and destroys it

Exit code: 0 all passed, 1 something failed.
"""

import argparse
import difflib
import pathlib
import subprocess
import sys

import cdk_cli
from cdk_cli import HERE, Case, Emulator, Failed


class Both(Case):
    """A case with two programs."""

    def __init__(self, program, assembly, emulator, bootstrap):
        stacks = list(cdk_cli.stack_artifacts(assembly))
        account, region = cdk_cli.environment_of(stacks)
        super().__init__(assembly, emulator, stacks, account, region)
        self.program = program
        if bootstrap:
            location = {"LocationConstraint": region}
            self.client("s3").create_bucket(Bucket=f"cdk-hnb659fds-assets-{account}-{region}", CreateBucketConfiguration=location)

    def run(self, *command):
        done = subprocess.run(command, cwd=cdk_cli.ROOT, env=self.environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=cdk_cli.LIMIT_SECONDS)
        if done.returncode != 0:
            said = cdk_cli.excerpt(done.stdout + done.stderr)
            raise Failed(f"{' '.join(map(str, command[:3]))} ended with {done.returncode}:\n{said}")
        return done

    def ours(self, *arguments):
        return self.run(self.program, *arguments, "--app", str(self.app))

    def judge(self, what, *arguments):
        return self.run(sys.executable, str(HERE / "deployed.py"), what, str(self.app), *arguments).stdout

    def our_deploy(self):
        return self.ours("deploy", "--yes", "--no-grafana").stderr


def alike(theirs, ours):
    theirs.deploy()
    ours.our_deploy()
    for case in (theirs, ours):
        case.judge("there")
    seen = [case.judge("picture").splitlines() for case in (theirs, ours)]
    differences = list(difflib.unified_diff(*seen, "the official CLI", "ours", n=6, lineterm=""))
    theirs.expect(not differences, "\n".join(differences[:60]))
    theirs.expect(len(seen[0]) > 10, "the picture shows nothing")


def after_theirs(case, ids):
    case.deploy()
    case.judge("there", "--ids", ids)
    said = case.our_deploy()
    unchanged = said.count(" unchanged after ")
    case.expect(unchanged == len(case.stacks), f"{unchanged} of {len(case.stacks)} stacks are unchanged:\n{said}")
    # It would end with another exit code.
    case.ours("diff", "--fail-on", "any")
    case.ours("destroy", "--all", "--yes", "--force")
    case.judge("gone", "--ids", ids)


def after_ours(case, ids):
    case.our_deploy()
    case.judge("there", "--ids", ids)
    case.deploy_again()
    case.diff_of_same()
    case.destroy()
    case.judge("gone", "--ids", ids)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", action="store_true")
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("assembly", type=pathlib.Path)
    arguments = parser.parse_args()
    program, assembly, bootstrap = arguments.program.resolve(), arguments.assembly.resolve(), arguments.bootstrap
    failed = 0
    for name in ("alike", "after theirs", "after ours"):
        try:
            with Emulator() as emulator:
                case = Both(program, assembly, emulator, bootstrap)
                ids = str(pathlib.Path(emulator.scratch.name) / "ids.json")
                if name == "alike":
                    with Emulator() as other:
                        alike(case, Both(program, assembly, other, False))
                else:
                    (after_theirs if name == "after theirs" else after_ours)(case, ids)
            print(f"ok      {assembly.name} {name}", flush=True)
        except (Failed, OSError, ValueError, KeyError) as failure:
            failed += 1
            print(f"FAILED  {assembly.name} {name}: {failure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
