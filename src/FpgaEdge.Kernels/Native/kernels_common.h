/* What the families of kernels share: walking over output positions and the taps of depth-wise layers. */
#ifndef FPGAEDGE_KERNELS_COMMON_H
#define FPGAEDGE_KERNELS_COMMON_H

#include "fpgaedge_kernels.h"

#define INLINE static inline __attribute__((always_inline))
#define MAXIMUM_TAPS 64

/* A place among the output positions. */
typedef struct {
    int position, y, x;
} cursor;

INLINE void advance(const call *c, const int EVEN, cursor *at, int count)
{
    at->position += count;
    at->x += count;
    while (!EVEN && at->x >= c->width) {
        at->x -= c->width;
        at->y++;
    }
}

/* Where the taps of an output pixel are; rows and columns outside of the image are in a row of zeros. */
INLINE void place(const call *c, int y, int x, const uint8_t **taps)
{
    const long pixel = c->output_stride;
    for (int t = 0; t < c->offset_count; t++) {
        const int row = y * c->stride_height - c->pad_top + c->offsets[2 * t];
        const int column = x * c->stride_width - c->pad_left + c->offsets[2 * t + 1];
        const int there = (unsigned)row < (unsigned)c->input_height && (unsigned)column < (unsigned)c->input_width;
        taps[t] = there ? c->input + ((long)row * c->input_width + column) * pixel : c->zeros;
    }
}

/* Columns of the output from first to before end have all their taps inside. */
INLINE void inside(const call *c, int *first, int *end)
{
    int farthest = 0;
    for (int t = 0; t < c->offset_count; t++)
        farthest = c->offsets[2 * t + 1] > farthest ? c->offsets[2 * t + 1] : farthest;
    const int room = c->input_width - 1 - farthest + c->pad_left;
    const int all = room < 0 ? 0 : room / c->stride_width + 1;
    *first = (c->pad_left + c->stride_width - 1) / c->stride_width;
    *end = all < c->width ? all : c->width;
}

#endif
