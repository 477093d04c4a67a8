/*
 * Executes recorded kernel calls: records on stdin, output tensors on stdout. A record: depth-wise or not, the call's
 * numbers, its ten arrays with their bytes before them, where the result begins, the bytes of a fresh output (0: go on
 * with the last one), and whether the output is complete.
 */
#include "fpgaedge_kernels.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAYS 10
#define NUMBERS 21

static int all(void *to, size_t bytes)
{
    return fread(to, 1, bytes, stdin) == bytes;
}

static int32_t number(void)
{
    int32_t value;
    if (!all(&value, 4)) {
        fprintf(stderr, "expected more of a record, found the end\n");
        exit(2);
    }
    return value;
}

int main(void)
{
    uint8_t *output = NULL;
    int32_t depthwise, bytes = 0;
    if (fpgaedge_kernels_abi() != ABI_VERSION)
        return 3;
    while (all(&depthwise, 4)) {
        call c;
        void *arrays[ARRAYS];
        if (!all(&c.offset_count, NUMBERS * sizeof(int32_t)))
            return 2;
        for (int i = 0; i < ARRAYS; i++) {
            int32_t length = number();
            /* Exactly as long as it should be, at the end of its block: reading on would be noticed sooner. */
            arrays[i] = length ? malloc((size_t)length) : NULL;
            if (!all(arrays[i], (size_t)length))
                return 2;
        }
        const int32_t first = number(), fresh = number(), complete = number();
        if (fresh) {
            free(output);
            output = malloc((size_t)fresh);
            memset(output, 0xEE, (size_t)fresh);
            bytes = fresh;
        }
        c.input = arrays[0];
        c.weights = arrays[1];
        c.bias = arrays[2];
        c.left = arrays[3];
        c.right = arrays[4];
        c.multiplier = arrays[5];
        c.factor = arrays[6];
        c.estimate = arrays[7];
        c.offsets = arrays[8];
        c.zeros = arrays[9];
        c.output = output + first;
        if (depthwise)
            fpgaedge_depthwise(&c);
        else
            fpgaedge_convolution(&c);
        for (int i = 0; i < ARRAYS; i++)
            free(arrays[i]);
        if (complete)
            fwrite(output, 1, (size_t)bytes, stdout);
    }
    return 0;
}
