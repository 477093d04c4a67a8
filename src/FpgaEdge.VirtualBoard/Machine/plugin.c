/*
 * QEMU TCG plugin: gives the registers of a virtual board, which are plain memory of the guest, the side effects of
 * registers. Each 32-bit access to one of them calls the board's hardware model, a .NET library, before the guest's
 * next instruction. Written for the plugin interface version 1 of QEMU 7.2, whose functions are declared here because
 * Debian ships no header for them.
 *
 *   -plugin plugin.so,ram=FILE,ramBytes=N,model=libmodel.so,board=board.json[,fault=KIND][,guest=arm]
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define PAGE_OFFSET_MASK 0xfffu

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum { CB_NO_REGS = 0, MEM_READ_WRITE = 3 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_mem_cb(
    struct qemu_plugin_insn *, void (*)(unsigned, uint32_t, uint64_t, void *), int, int, void *);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t, uint64_t);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *);
bool qemu_plugin_mem_is_store(uint32_t);

EXPORT int qemu_plugin_version = 1;

/* The model's interface; see Exports.cs. */
static int (*model_open)(uint8_t *ram, uint64_t ram_bytes, const char *board, const char *fault, uint64_t *range);
static void (*model_access)(uint64_t address, int is_store);

static uint64_t first, last;
static char *memory_file;
static bool is_arm; /* a 32-bit ARM guest; otherwise x86-64 */

static void on_access(unsigned cpu, uint32_t info, uint64_t address, void *unused)
{
    (void)cpu;
    (void)unused;
    /* A register's place in its page is known whatever the virtual address is: most accesses end here. */
    if ((address & PAGE_OFFSET_MASK) > 0x28 || (address & 3) != 0)
        return;
    struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, address);
    if (!where || qemu_plugin_hwaddr_is_io(where))
        return;
    uint64_t physical = qemu_plugin_hwaddr_phys_addr(where);
    if (physical >= first && physical <= last)
        model_access(physical, qemu_plugin_mem_is_store(info));
}

/* Registers are accessed by 32-bit moves and comparisons between memory and a register or a constant; whatever else
 * touches memory (wide, vector and stack accesses) need not be looked at, and the guest's programs run faster for it. */
static bool may_access_register(const uint8_t *code, size_t size)
{
    size_t at = 0;
    if (is_arm)
        return true; /* two instruction sets; such guests are short-lived */
    if (at < size && (code[at] & 0xf8) == 0x40)
        at++; /* REX without W */
    if (at >= size)
        return false;
    switch (code[at]) {
    case 0x89: case 0x8b: case 0xc7: case 0x39: case 0x3b: case 0x81: case 0x83: case 0x85: case 0xf7:
        return true;
    default:
        return false;
    }
}

/* Programs, and the modules of the kernel: the I2C adapter is one. The kernel itself never touches these registers. */
static bool is_instrumented(uint64_t code)
{
    if (is_arm)
        return code < 0xc0000000u;
    return code < 0x800000000000u || (code >= 0xffffffffc0000000u && code < 0xffffffffff000000u);
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    if (memory_file) {
        /* The guest runs, so QEMU has opened its memory too: the file need not have a name any more. */
        unlink(memory_file);
        free(memory_file);
        memory_file = NULL;
    }
    size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        if (is_instrumented(qemu_plugin_insn_vaddr(insn))
            && may_access_register(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn)))
            qemu_plugin_register_vcpu_mem_cb(insn, on_access, CB_NO_REGS, MEM_READ_WRITE, NULL);
    }
}

static const char *value_of(const char *name, int count, char **arguments)
{
    size_t length = strlen(name);
    for (int i = 0; i < count; i++)
        if (!strncmp(arguments[i], name, length) && arguments[i][length] == '=')
            return arguments[i] + length + 1;
    return NULL;
}

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "virtual board: %s: %s\n", what, why);
    return 1;
}

/* However the program that started QEMU ends, the guest does not outlive it. */
static void *follow_parent(void *unused)
{
    (void)unused;
    pid_t parent = getppid();
    while (getppid() == parent)
        usleep(250000);
    _exit(1);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
    (void)info;
    const char *ram_file = value_of("ram", count, arguments), *bytes = value_of("ramBytes", count, arguments);
    const char *model = value_of("model", count, arguments), *board = value_of("board", count, arguments);
    const char *fault = value_of("fault", count, arguments), *guest = value_of("guest", count, arguments);
    if (!ram_file || !bytes || !model || !board)
        return fail("plugin", "expected ram=, ramBytes=, model= and board=");
    uint64_t ram_bytes = strtoull(bytes, NULL, 0), range[2];
    is_arm = guest && !strcmp(guest, "arm");
    memory_file = strdup(ram_file);
    int file = open(ram_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, (off_t)ram_bytes) != 0)
        return fail(ram_file, "cannot be opened");
    uint8_t *ram = mmap(NULL, ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (ram == MAP_FAILED)
        return fail(ram_file, "cannot be mapped");
    void *library = dlopen(model, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fail("model", dlerror());
    *(void **)&model_open = dlsym(library, "virtual_board_open");
    *(void **)&model_access = dlsym(library, "virtual_board_access");
    if (!model_open || !model_access)
        return fail(model, "is not a model of a board");
    if (model_open(ram, ram_bytes, board, fault, range) != 0)
        return 1;
    pthread_t follower;
    if (pthread_create(&follower, NULL, follow_parent, NULL) == 0)
        pthread_detach(follower);
    first = range[0];
    last = range[1];
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
