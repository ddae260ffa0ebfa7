import Foundation
import TestSupport
import Testing

/// Real disks that are full or read-only, real limits, and a run that is taken away, on two ranks.
extension FailingDiskTests {
  /// Why this process can mount nothing; nil where it can.
  static let obstacleToMounts: Comment? = {
    guard geteuid() == 0 else { return "file systems are mounted as root; run the tests as root" }
    let mounted = try? runProcess("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"])
    return mounted?.exitCode == 0
      ? nil : "this machine lets nobody mount a file system (unshare -m mount -t tmpfs none /mnt)"
  }()

  /// Words of the scripts below.
  ///
  /// `train RUN …` starts a training on two ranks in the background, `await FILE`
  /// waits for a file or for a text in it, and `end` says how the training has ended.
  private static let words = """
    train() { run=$1; "${MPIRUN[@]}" "$W" pretrain --run "$PWD/$1" "${@:2}" > output 2> said & job=$!; }
    new() { train "$1" --corpus c.txt $SIZES "${@:2}"; }
    await() {
      until [ -e "$1" ] && { [ $# = 1 ] || grep -q -- "$2" "$1"; }; do
        kill -0 $job || { cat said; exit 99; }
        sleep 0.02
      done
    }
    end() { wait $job; echo "ended with $?"; grep '^worker: \\|going on' said | sed "s|$PWD/||g"; }
    newest() { ls "$1/checkpoints" | grep '^step-' | tail -1; }
    whole() {
      for step in "$1"/checkpoints/step-*; do "$W" verify "$step" > verified || cat verified; done
      [ -z "$(find "$1" -name '*.partial*' -o -name '.writing-*')" ] || echo "left: $(find "$1")"
    }
    same() {
      new alone "${@:2}" --save-every 100000
      wait $job || cat said
      for file in model optimizer; do
        cmp alone/checkpoints/$(newest alone)/$file.safetensors $1/checkpoints/$(newest $1)/$file.safetensors
      done
      cmp <(losses alone) <(losses $1)
    }
    losses() { grep '"gradient_norm"' $1/metrics.jsonl | grep -o '"loss":[^,]*\\|"step":[0-9]*'; }
    """

  /// Runs a script, in a mount namespace of its own where it mounts something.
  private func run(_ script: String, mounts: Bool = false) throws -> ProcessResult {
    let mpirun = mpirunWords(ranks: 2).map { "'\($0)'" }.joined(separator: " ")
    let start = """
      set -u
      W=$0 BOTH=(\(mpirun)) SIZES="\((Self.sizes + Self.narrow).joined(separator: " "))"
      MPIRUN=("${BOTH[@]}")
      \(Self.words)
      """
    let words = ["bash", "-c", start + "\n" + script, try BuiltProduct.path("worker")]
    return try runProcess(
      mounts ? "unshare" : "env", (mounts ? ["-m"] : []) + words, environment: mpirunPermissions,
      in: folder.path)
  }

  /// The disk is full in the middle of a save; where there is space again, the run is resumed.
  @Test(.enabled(if: obstacleToMounts == nil, obstacleToMounts))
  func aFullDiskEndsATraining() throws {
    let result = try run(
      """
      mkdir disk && mount -t tmpfs -o size=1m none disk
      new disk/run --steps 40 --save-every 1
      end
      newest disk/run
      whole disk/run
      mount -o remount,size=20m disk
      train disk/run --resume
      end
      same disk/run --steps 40
      """, mounts: true)
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 4, "\(result.output)\(result.errors)")
    #expect(
      lines[1].hasPrefix("worker: disk/run/")
        && lines[1].hasSuffix(": no space left on device; free space or choose another place"),
      "\(lines[1])")
    #expect([lines[0], lines[3]] == ["ended with 1", "ended with 0"])
    let newest = try #require(Int(lines[2].suffix(2)))
    #expect(newest > 2 && newest < 40)
  }

  /// A disk that is full for a while costs the checkpoints of this while, and no line of the log.
  @Test(.enabled(if: obstacleToMounts == nil, obstacleToMounts))
  func aTrainingGoesOnWhileADiskIsFull() throws {
    let result = try run(
      """
      mkdir disk && mount -t tmpfs -o size=20m none disk
      new disk/run --steps 1500 --save-every 25 --keep-checkpoints 3 --on-save-error continue
      await disk/run/latest
      dd if=/dev/zero of=disk/other bs=4k 2> dd
      # Long enough for the log to need another page.
      await said 'metrics.jsonl: no space left'
      await said 'is not saved'
      rm disk/other
      end > end
      grep -c ' is not saved: disk/run/checkpoints/.*: no space left on device; .*; going on ' end
      grep -v ' is not saved: ' end
      grep -c '' disk/run/metrics.jsonl
      whole disk/run
      same disk/run --steps 1500
      """, mounts: true)
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 4, "\(result.output)\(result.errors)")
    #expect(try #require(Int(lines[0])) >= 1)
    #expect(lines[1] == "ended with 0")
    #expect(
      lines[2]
        == "disk/run/metrics.jsonl: no space left on device; free space or choose another place; "
        + "going on, and writing its lines when that is possible")
    // The start, the steps and the end.
    #expect(lines[3] == "1502")
  }

  /// A folder that is read-only, for checkpoints alone or from the start.
  @Test(.enabled(if: obstacleToMounts == nil, obstacleToMounts))
  func aReadOnlyFolderEndsATraining() throws {
    let result = try run(
      """
      new run --steps 3000 --save-every 10 --stop-after 20
      end
      mount --bind run/checkpoints run/checkpoints && mount -o remount,bind,ro run/checkpoints
      train run --resume
      end
      umount run/checkpoints
      whole run
      stop=$(($(newest run | grep -o '[1-9][0-9]*$') + 10))
      train run --resume --stop-after $stop
      end
      same run --steps 3000 --stop-after $stop
      mount --bind run run && mount -o remount,bind,ro run
      train run --resume
      end
      """, mounts: true)
    let reason = "read-only file system; choose a place that you may write to"
    let text = result.output.replacing(/step-[0-9]+/, with: "step-N")
    #expect(
      text == """
        ended with 0
        ended with 1
        worker: run/checkpoints/.writing-step-N: \(reason)
        ended with 0
        ended with 1
        worker: run/lock: \(reason)

        """, "\(result.errors)")
  }

  /// `ulimit -f`, from the beginning on one rank and later on both.
  @Test(.limitsFiles) func aLimitOfTheSizeOfFilesIsSaid() throws {
    let result = try run(
      """
      ulimit -S -f 80
      MPIRUN=()
      new alone --steps 4
      end
      ulimit -S -f unlimited
      whole alone
      MPIRUN=("${BOTH[@]}")
      new run --steps 3000 --save-every 10
      await run/checkpoints/step-00000020
      for rank in $(pgrep -f "^[^ ]*worker pretrain --run $PWD/run"); do prlimit --pid $rank --fsize=80000; done
      end
      whole run
      stop=$(($(newest run | grep -o '[1-9][0-9]*$') + 10))
      train run --resume --stop-after $stop
      end
      rm -r alone
      same run --steps 3000 --stop-after $stop
      """)
    let said =
      "optimizer.safetensors: file too large; raise the limit on the size of files (ulimit -f)"
    #expect(
      result.output.replacing(/step-[0-9]+/, with: "step-N") == """
        ended with 1
        worker: alone/checkpoints/.writing-step-N/\(said)
        ended with 1
        worker: run/checkpoints/.writing-step-N/\(said)
        ended with 0

        """, "\(result.errors)")
  }

  /// A run that somebody deletes is an error at once, not when the next checkpoint is due, also of a training
  /// that goes on without checkpoints.
  @Test(arguments: ["stop", "continue"]) func aRunThatVanishesIsAnError(choice: String) throws {
    let result = try run(
      """
      new run --steps 1000000 --save-every 1000000 --on-save-error \(choice)
      await run/metrics.jsonl '"step":20'
      rm -rf run
      end
      [ ! -e run ] || find run
      # While it saves, too.
      new run --steps 1000000 --save-every 1 --on-save-error \(choice)
      await run/metrics.jsonl '"step":20'
      mv run other
      end
      [ ! -e run ] || find run
      # What it was writing has gone with it.
      rm -rf other/checkpoints/.writing-* $(find other -name '*.partial')
      whole other
      """)
    let said = """
      ended with 1
      worker: run: the folder is gone; start again, and leave the run alone while it trains

      """
    #expect(result.output == said + said, "\(result.errors)")
  }
}
