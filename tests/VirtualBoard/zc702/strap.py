#!/usr/bin/env python3
"""strap.py PORT ADDRESS: QEMU's xilinx-zynq-a9 has its boot mode fixed to QSPI. Through QEMU's debugger port this answers the one call of
U-Boot's SPL that reads the mode with 5, SD card, as the board's switches would; the SPL itself is not changed. After that it lets go."""
import socket
import sys
import time


class Debugger:
    def __init__(self, port):
        for _ in range(100):
            try:
                self.line = socket.create_connection(("127.0.0.1", port), timeout=60)
                break
            except OSError:
                time.sleep(0.1)
        self.held = b""

    def ask(self, text):
        self.line.sendall(b"$%s#%02x" % (text, sum(text) & 255))
        while True:
            start = self.held.find(b"$")
            end = self.held.find(b"#", start)
            if start >= 0 and end >= 0 and len(self.held) >= end + 3:
                answer, self.held = self.held[start + 1:end], self.held[end + 3:]
                self.line.sendall(b"+")
                return answer
            more = self.line.recv(65536)
            if not more:
                sys.exit("strap.py: QEMU is gone")
            self.held += more


debugger = Debugger(int(sys.argv[1]))
place = int(sys.argv[2], 16)
debugger.ask(b"?")
debugger.ask(b"Z0,%x,4" % place)
debugger.ask(b"c")
registers = debugger.ask(b"g").decode()
# Sixteen 32-bit registers first: r0 becomes 5, pc becomes lr.
debugger.ask(b"G" + ((5).to_bytes(4, "little").hex() + registers[8:15 * 8] + registers[14 * 8:15 * 8] + registers[16 * 8:]).encode())
debugger.ask(b"z0,%x,4" % place)
debugger.line.sendall(b"$D#44")
time.sleep(0.2)
