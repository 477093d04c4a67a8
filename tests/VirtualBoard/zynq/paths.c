/*
 * The paths between fpgaedged and a Zynq-7000's hardware, as a C program under the Zynq's own kernel: registers and DMA window
 * through /dev/mem, power monitors through /dev/i2c-N, lines through /dev/gpiochipN. It stands in for fpgaedged, of which no
 * native build for 32-bit ARM can be made without the .NET packages for it; the system calls are the same, with the same
 * structures and limits. One line per finding; exit code 0 when all are as they should be.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define REGISTERS 0x43C00000u
#define WINDOW 0x10000000u
#define WINDOW_BYTES (64u << 20)
#define SLCR 0xF8000000u
#define LIMIT_NS 1000000000ll

static int failures;

static void say(int good, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    printf("%s ", good ? "ok:    " : "FAILED:");
    vprintf(format, values);
    printf("\n");
    fflush(stdout);
    va_end(values);
    failures += !good;
}

static long long now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void *map(uint32_t address, size_t bytes)
{
    int file = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
    void *at = file < 0 ? MAP_FAILED : mmap64(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, address);
    if (file >= 0)
        close(file);
    if (at == MAP_FAILED) {
        say(0, "/dev/mem at 0x%08X: %s", address, strerror(errno));
        exit(5);
    }
    return at;
}

/* The system-level control registers are the emulator's, with side effects of their own: what is written while they are locked
 * is lost (UG585, appendix B, slcr). */
static void test_slcr(void)
{
    volatile uint32_t *slcr = map(SLCR, 0x1000);
    volatile uint32_t *lock = slcr + 0x4 / 4, *unlock = slcr + 0x8 / 4, *locked = slcr + 0xC / 4, *clock = slcr + 0x170 / 4;
    uint32_t before;
    *unlock = 0xDF0D;
    before = *clock;
    say((*locked & 1) == 0, "SLCR unlocked by its key");
    *clock = before ^ 0x3F00;
    say(*clock == (before ^ 0x3F00), "FPGA0_CLK_CTRL takes 0x%08X while unlocked", before ^ 0x3F00);
    *lock = 0x767B;
    *clock = before;
    say((*locked & 1) == 1 && *clock == (before ^ 0x3F00), "FPGA0_CLK_CTRL keeps it while locked");
    *unlock = 0xDF0D;
    *clock = before;
}

/* The protocol of the accelerator's registers, with a wait that ends. */
static int run_program(volatile uint32_t *registers, uint32_t address, uint32_t count)
{
    static const uint32_t bases[] = { 0x1010, 0x1018, 0x2020, 0x2028, 0x3010 };
    long long limit = now_ns() + LIMIT_NS;
    registers[0x2018 / 4] = 0;
    registers[0x10 / 4] = count;
    registers[0x18 / 4] = address;
    for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++)
        registers[bases[i] / 4] = 0;
    __sync_synchronize();
    registers[0] = 1;
    registers[0x1000 / 4] = 0x81;
    registers[0x2000 / 4] = 0x81;
    registers[0x3000 / 4] = 0x81;
    while (registers[0x2018 / 4] != 1)
        if (now_ns() > limit)
            return 0;
    __sync_synchronize();
    return 1;
}

static const uint32_t *place(const uint32_t *at, uint32_t count, uint32_t base, uint8_t *memory)
{
    for (; count > 0; count--) {
        memcpy(memory + (at[0] - base), at + 2, at[1]);
        at += 2 + (at[1] + 3) / 4;
    }
    return at;
}

/* Every published program that the file holds, in the DMA window: afterwards the whole DRAM must be what the file says. */
static void test_accelerator(const char *path)
{
    volatile uint32_t *registers = map(REGISTERS, 0x4000);
    uint8_t *window = map(WINDOW, WINDOW_BYTES);
    int file = open(path, O_RDONLY);
    off_t bytes = file < 0 ? 0 : lseek(file, 0, SEEK_END);
    const uint32_t *at = bytes > 0 ? mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    uint32_t base, cases, same = 0, silent = 0;
    long long start = now_ns();
    if (at == MAP_FAILED) {
        say(0, "%s: %s", path, strerror(errno));
        return;
    }
    base = *at++;
    cases = *at++;
    for (uint32_t i = 0; i < cases; i++) {
        uint32_t size = at[0], address = at[1], count = at[2], segments = at[3], patches = at[4];
        uint8_t *memory = window + (base - WINDOW), *expected = calloc(1, size);
        const uint32_t *content = at + 5;
        memset(memory, 0, size);
        place(content, segments, base, memory);
        at = place(place(content, segments, base, expected), patches, base, expected);
        if (!run_program(registers, address, count))
            silent++;
        else
            same += memcmp(memory, expected, size) == 0;
        free(expected);
    }
    say(cases > 0 && same == cases, "accelerator: %u of %u published programs leave the published bytes, %u did not end, %lld ms",
        same, cases, silent, (now_ns() - start) / 1000000);
}

static int transfer(int bus, struct i2c_msg *messages, int count)
{
    struct i2c_rdwr_ioctl_data data = { .msgs = messages, .nmsgs = (uint32_t)count };
    return ioctl(bus, I2C_RDWR, &data);
}

/* One register of 16 bits, most significant byte first: the address written, then read after a repeated start. */
static int read_word(int bus, uint16_t device, uint8_t name)
{
    uint8_t word[2] = { 0, 0 };
    struct i2c_msg messages[] = {
        { .addr = device, .len = 1, .buf = &name },
        { .addr = device, .flags = I2C_M_RD, .len = 2, .buf = word },
    };
    return transfer(bus, messages, 2) == 2 ? word[0] << 8 | word[1] : -1;
}

static int write_word(int bus, uint16_t device, uint8_t name, uint16_t value)
{
    uint8_t bytes[] = { name, (uint8_t)(value >> 8), (uint8_t)value };
    struct i2c_msg message = { .addr = device, .len = 3, .buf = bytes };
    return transfer(bus, &message, 1) == 1;
}

static int open_bus(const char *wanted, int *number)
{
    char path[80], name[64];
    for (int i = 0; i < 16; i++) {
        snprintf(path, sizeof(path), "/sys/bus/i2c/devices/i2c-%d/name", i);
        FILE *file = fopen(path, "r");
        int found = file && fgets(name, sizeof(name), file) && strncmp(name, wanted, strlen(wanted)) == 0;
        if (file)
            fclose(file);
        if (found) {
            *number = i;
            snprintf(path, sizeof(path), "/dev/i2c-%d", i);
            return open(path, O_RDWR | O_CLOEXEC);
        }
    }
    errno = ENODEV;
    return -1;
}

static void test_monitors(void)
{
    unsigned long functions = 0;
    int number = -1, bus = open_bus("fpgaedge", &number);
    say(bus >= 0 && ioctl(bus, I2C_FUNCS, &functions) == 0 && (functions & I2C_FUNC_I2C), "i2c-%d transfers messages", number);
    for (uint16_t device = 0x40; device <= 0x41; device++) {
        int maker = read_word(bus, device, 0xFE), die = read_word(bus, device, 0xFF);
        say(maker == 0x5449 && die == 0x2260, "i2c-%d/0x%02X is an INA226 (0x%04X, 0x%04X)", number, device, maker, die);
        say(write_word(bus, device, 0x05, 2048) && read_word(bus, device, 0x05) == 2048, "its calibration can be read back");
        usleep(50000);
        int volts = read_word(bus, device, 0x02), shunt = (int16_t)read_word(bus, device, 0x01);
        double expected = device == 0x40 ? 5.0 : 1.0, found = volts * 1.25e-3;
        say(found > expected * 0.99 && found < expected * 1.01, "bus voltage %.3f V, as modelled; shunt %.1f microvolts", found, shunt * 2.5);
    }
    uint8_t byte = 0;
    struct i2c_msg absent = { .addr = 0x42, .len = 1, .buf = &byte };
    int done = transfer(bus, &absent, 1);
    say(done != 1, "an absent device is an error (%s)", done < 0 ? strerror(errno) : "no message done");
    close(bus);
}

/* The emulator has the controller's addresses but not the controller: nothing ever answers. */
static void test_dead_controller(void)
{
    int number = -1, bus = open_bus("Cadence", &number);
    uint8_t byte = 0;
    struct i2c_msg message = { .addr = 0x40, .len = 1, .buf = &byte };
    long long start = now_ns();
    int done = bus < 0 ? 1 : transfer(bus, &message, 1);
    double seconds = (now_ns() - start) / 1e9;
    say(done != 1 && seconds < 5, "i2c-%d (the Zynq's own, not emulated): %s after %.1f s", number, strerror(errno), seconds);
    if (bus >= 0)
        close(bus);
}

static int open_chip(const char *label, struct gpiochip_info *info)
{
    char path[32];
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof(path), "/dev/gpiochip%d", i);
        int chip = open(path, O_RDWR | O_CLOEXEC);
        if (chip >= 0 && ioctl(chip, GPIO_GET_CHIPINFO_IOCTL, info) == 0 && strcmp(info->label, label) == 0)
            return chip;
        if (chip >= 0)
            close(chip);
    }
    return -1;
}

static int request_line(int chip, unsigned line, unsigned long long flags)
{
    struct gpio_v2_line_request request = { .offsets = { line }, .num_lines = 1, .config = { .flags = flags }, .consumer = "fpgaedge" };
    return ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) == 0 ? request.fd : -1;
}

static int read_file(const char *path)
{
    char text[16] = "?";
    FILE *file = fopen(path, "r");
    if (file) {
        if (!fgets(text, sizeof(text), file))
            text[0] = '?';
        fclose(file);
    }
    return text[0] - '0';
}

/* A simulated chip, whose other end is in sysfs: what one side sets the other sees. SIM is its folder there. */
static void test_lines(const char *sim)
{
    struct gpiochip_info info;
    struct gpio_v2_line_values values = { .mask = 1 };
    char path[160];
    int chip = open_chip("fpgaedge-lamps", &info), same = 0;
    int output = request_line(chip, 3, GPIO_V2_LINE_FLAG_OUTPUT), input = request_line(chip, 5, GPIO_V2_LINE_FLAG_INPUT);
    say(chip >= 0 && output >= 0 && input >= 0, "%s: one line requested as output, one as input", info.name);
    snprintf(path, sizeof(path), "%s/sim_gpio3/value", sim);
    for (int i = 0; i < 8; i++) {
        values.bits = i & 1;
        same += ioctl(output, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) == 0 && read_file(path) == (i & 1);
    }
    say(same == 8, "an output follows (%d of 8)", same);
    same = 0;
    snprintf(path, sizeof(path), "%s/sim_gpio5/pull", sim);
    for (int i = 0; i < 8; i++) {
        FILE *pull = fopen(path, "w");
        if (pull) {
            fputs(i & 1 ? "pull-up" : "pull-down", pull);
            fclose(pull);
        }
        same += ioctl(input, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0 && values.bits == (unsigned)(i & 1);
    }
    say(same == 8, "an input is seen (%d of 8)", same);
    int own = open_chip("zynq_gpio", &info);
    say(own >= 0 && info.lines == 118, "%s is the Zynq's own, with %u lines (MIO and EMIO)", info.name, info.lines);
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: paths VECTORS SIMULATED-CHIP\n");
        return 2;
    }
    test_slcr();
    test_accelerator(arguments[1]);
    test_monitors();
    test_dead_controller();
    test_lines(arguments[2]);
    printf("paths: %s\n", failures ? "FAILED" : "all as they should be");
    return failures ? 6 : 0;
}
