"""The networks that are streamed, and one fpgaedge for each that repeats its cases and verifies every answer."""
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "../../samples")
PUBLIC = os.path.join(HERE, "../../../shared/data/cifar10")


def networks():
    """The sample and ResNet-8; without the public networks the sample in two packages, quantised with other cases."""
    raw = ["--input-type", "uint8", "--input-shape"]
    digits = os.path.join(SAMPLES, "digits.onnx")
    pictures = os.path.join(SAMPLES, "digits_u8.bin")
    calibration = os.path.join(SAMPLES, "digits_calibration_u8.bin")
    first = ("digits", [digits, "--input", pictures, "--calibrate", calibration, *raw, "28,28,1"])
    resnet = os.path.join(PUBLIC, "ic_resnet8_float.tflite")
    if os.path.exists(resnet):
        images = os.path.join(PUBLIC, "images_u8.bin")
        return [first, ("resnet8", [resnet, "--input", images, *raw, "32,32,3"])]
    return [first, ("digits-2", [digits, "--input", calibration, *raw, "28,28,1"])]


class Stream:
    def __init__(self, shelf, network, seconds):
        self.name, words = network
        self.output = tempfile.TemporaryFile("w+", dir=shelf.folder)
        self.errors = tempfile.TemporaryFile("w+", dir=shelf.folder)
        self.process = shelf.start_client(
            ["run", *words, "--duration", str(seconds), "--json"], self.output, self.errors)
        self.pid = self.process.pid

    @property
    def ended(self):
        return self.process.poll() is not None

    def report(self):
        self.output.seek(0)
        try:
            return json.loads(self.output.read())
        except json.JSONDecodeError:
            return None

    def complaints(self):
        """What was wrong with the frames; nothing when all were answered once, in turn, with golden bytes."""
        if not self.ended:
            return []
        report = self.report()
        if report is None:
            self.errors.seek(0)
            return [f"{self.name}: no report, exit code {self.process.returncode}: {self.errors.read().strip()}"]
        counts = report["repetition"]
        found = [f"{counts[key]} {words}" for key, words in
                 (("different", "frames unlike the first answer"), ("outOfTurn", "frames out of turn")) if counts[key]]
        if counts["answered"] != counts["submitted"]:
            found.append(f"{counts['answered']} of {counts['submitted']} frames answered")
        if not report["bitExact"]:
            found.append("answers differ from the golden interpreter")
        if not found and self.process.returncode != 0:
            found.append(f"exit code {self.process.returncode}")
        return [f"{self.name}: {text}" for text in found]

    def figures(self):
        report = self.report() if self.ended else None
        counts = report["repetition"] if report else {}
        return {"name": self.name, "exitCode": self.process.poll(), "answered": 0,
                "bitExact": bool(report and report["bitExact"]), **counts}
