"""Resident memory of processes over time, and whether it is flat."""
import statistics
import time

SETTLED_SECONDS = 60
"""After its start a process compiles, its own code and the networks; nothing is judged before."""
JUDGED_SECONDS = 120
"""Younger processes show too little after that."""
SHARE_ALLOWED = 0.10
BYTES_ALLOWED = 8 << 20


class Memory:
    def __init__(self):
        self.lives = {}

    def sample(self, name, pid):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                resident = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:")), None)
        except OSError:
            return
        if resident is not None:
            self.lives.setdefault((name, pid), []).append((time.monotonic(), resident))

    def figures(self):
        return [figures(name, samples) for (name, _), samples in self.lives.items()]

    def complaints(self, seconds):
        """Processes that grew; that nothing could be judged is itself a complaint of a run that was long enough."""
        found = [
            f"{process['name']}: resident memory grew from {process['settledBytes'] / 2**20:.1f} to "
            f"{process['lastBytes'] / 2**20:.1f} MiB in {process['seconds']} s"
            for process in self.figures() if process["judged"] and not process["flat"]]
        if seconds >= 2 * JUDGED_SECONDS and not any(process["judged"] for process in self.figures()):
            found.append("no process lived long enough to judge its memory")
        return found


def figures(name, samples):
    start, end = samples[0][0], samples[-1][0]
    lived = end - start
    after = [resident for when, resident in samples if when - start >= SETTLED_SECONDS]
    judged = lived >= JUDGED_SECONDS and len(after) >= 10
    share = max(1, len(after) // 5)
    settled = statistics.median(after[:share]) if judged else samples[0][1]
    last = statistics.median(after[-share:]) if judged else samples[-1][1]
    return {
        "name": name, "seconds": round(lived), "firstBytes": samples[0][1], "settledBytes": int(settled),
        "lastBytes": int(last), "maxBytes": max(resident for _, resident in samples),
        "growthBytes": int(last - settled), "judged": judged,
        "flat": not judged or last - settled <= max(BYTES_ALLOWED, SHARE_ALLOWED * settled),
    }
