/*
 * The optional C kernels: one interface, one source per processor family. The managed kernels give the same bytes.
 * The structure mirrors NativeCall in NativeKernels.cs.
 *
 * Weights of a convolution lie as [block of outputs][group of neighbouring inputs][output][input]; how many outputs and
 * inputs belong together, and whether activations are signed, is the family's choice; NativeLayout in NativeKernels.cs knows
 * it too. The caller flips the top bit of inputs of the other signedness and folds their zero point into the bias.
 */
#ifndef FPGAEDGE_KERNELS_H
#define FPGAEDGE_KERNELS_H

#include <stdint.h>

#define ABI_VERSION 3

/* How accumulators become outputs; the numbers are those of RequantizationKind. */
enum { SHIFT = 0, FIXED_POINT = 1, NONE = 2, REAL = 3 };

typedef struct {
    const uint8_t *input;       /* convolution: first byte of the padded image; depth-wise: of the tensor */
    const int8_t *weights;
    const int32_t *bias;        /* this and the next five: one per channel in kernel order, whole blocks */
    const int32_t *left;
    const int32_t *right;
    const int32_t *multiplier;
    const double *factor;
    const float *estimate;      /* factor · 2^16 in single precision; null where that cannot decide a rounding */
    const int32_t *offsets;     /* convolution: (byte offset, groups of inputs) per run; depth-wise: (row, column) per tap */
    const uint8_t *zeros;       /* depth-wise: what padded pixels hold, all channels and one block more */
    uint8_t *output;            /* first channel of the first pixel */
    int32_t offset_count;
    int32_t groups;             /* groups of inputs per output; depth-wise: of taps */
    int32_t height, width;      /* of the output */
    int32_t row_step, pixel_step; /* input bytes from an output row, pixel, to the next */
    int32_t channels;           /* computed here */
    int32_t output_stride;      /* elements from an output pixel to the next */
    int32_t kind, zero_point, minimum, maximum;
    int32_t input_height, input_width; /* these and the rest: depth-wise only */
    int32_t stride_height, stride_width, pad_top, pad_left;
    int32_t flip;               /* 0x80 where the tensor has the other signedness, else 0 */
    int32_t period;             /* blocks of weights; channels of neighbouring pixels may follow each other in them */
    int32_t wide;               /* some weight is -128: the sum of two products may not fit 16 bits */
} call;

/* ABI_VERSION where this processor has the instructions, else 0. */
int32_t fpgaedge_kernels_abi(void);

/* Any convolution but a depth-wise one. */
void fpgaedge_convolution(const call *given);

/* One filter per channel; not for raw accumulators. */
void fpgaedge_depthwise(const call *given);

#endif
