/*
 * NEON, 64 bits (Cortex-A53) and 32 bits (Cortex-A9): sixteen products of signed bytes in two multiplications, added in
 * pairs to 32-bit sums. Two products fit 16 bits unless a weight is -128; then each is added by itself (wide).
 */
#include "kernels_common.h"

#include <arm_neon.h>
#include <string.h>
#if defined(__arm__)
#include <sys/auxv.h>
#endif

#define OUTPUTS 4  /* of a block of weights */
#define INPUTS 16  /* of a group of inputs, and channels of a depth-wise block */
#define PANEL_BYTES (12 << 10)

#if defined(__aarch64__)
#define PIXELS 4 /* 16 sums, 4 activations, a weight and a product: 32 registers allow it, 16 do not */
#else
#define PIXELS 2
#endif

int32_t fpgaedge_kernels_abi(void)
{
#if defined(__aarch64__)
    return ABI_VERSION;
#else
    return getauxval(AT_HWCAP) & 1 << 12 ? ABI_VERSION : 0; /* HWCAP_NEON */
#endif
}

/* Four sums times their factors, rounded once, halves to even, clamped. */
INLINE int32x4_t real4(const call *c, int32x4_t sums, int at)
{
    const double low = c->minimum - c->zero_point, high = c->maximum - c->zero_point;
#if defined(__aarch64__)
    float64x2_t first = vmulq_f64(vcvtq_f64_s64(vmovl_s32(vget_low_s32(sums))), vld1q_f64(c->factor + at));
    float64x2_t second = vmulq_f64(vcvtq_f64_s64(vmovl_s32(vget_high_s32(sums))), vld1q_f64(c->factor + at + 2));
    first = vminq_f64(vmaxq_f64(first, vdupq_n_f64(low)), vdupq_n_f64(high));
    second = vminq_f64(vmaxq_f64(second, vdupq_n_f64(low)), vdupq_n_f64(high));
    int32x4_t value = vcombine_s32(vmovn_s64(vcvtnq_s64_f64(first)), vmovn_s64(vcvtnq_s64_f64(second)));
#else
    int32_t in[4], out[4];
    vst1q_s32(in, sums);
    for (int i = 0; i < 4; i++) {
        double product = in[i] * c->factor[at + i];
        product = product < low ? low : product > high ? high : product;
        product += 6755399441055744.0; /* 1.5 · 2^52: the addition rounds, and the low bits are the whole number */
        int64_t bits;
        memcpy(&bits, &product, 8);
        out[i] = (int32_t)bits;
    }
    int32x4_t value = vld1q_s32(out);
#endif
    return vaddq_s32(value, vdupq_n_s32(c->zero_point));
}

INLINE int32x4_t fixed_point4(const call *c, int32x4_t sums, int at)
{
    int32x4_t high = vqrdmulhq_s32(vshlq_s32(sums, vld1q_s32(c->left + at)), vld1q_s32(c->multiplier + at));
    int32x4_t exponent = vnegq_s32(vld1q_s32(c->right + at));
    /* Halves go away from zero: one less before the rounding shift where the number is negative. */
    int32x4_t nudge = vshrq_n_s32(vandq_s32(high, exponent), 31);
    int32x4_t value = vrshlq_s32(vqaddq_s32(high, nudge), exponent);
    /* Far outside of every clamp, and adding a zero point cannot overflow. */
    value = vmaxq_s32(vminq_s32(value, vdupq_n_s32(1 << 20)), vdupq_n_s32(-(1 << 20)));
    return vaddq_s32(value, vdupq_n_s32(c->zero_point));
}

/* Accumulators of the four channels from at on to clamped output values. */
INLINE int32x4_t requantize4(const call *c, int32x4_t sums, int at)
{
    int32x4_t value = c->kind == REAL ? real4(c, sums, at)
        : c->kind == FIXED_POINT ? fixed_point4(c, sums, at)
        : vshlq_s32(sums, vnegq_s32(vld1q_s32(c->right + at)));
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(c->minimum)), vdupq_n_s32(c->maximum));
}

INLINE uint8x8_t bytes_of(int32x4_t a, int32x4_t b)
{
    return vreinterpret_u8_s8(vmovn_s16(vcombine_s16(vmovn_s32(a), vmovn_s32(b))));
}

/* Four channels of one position. */
INLINE void store4(const call *c, int32x4_t sums, int channel, long element)
{
    const int left = c->channels - channel < OUTPUTS ? c->channels - channel : OUTPUTS;
    if (c->kind == NONE) {
        int32_t values[OUTPUTS];
        vst1q_s32(values, sums);
        memcpy((int32_t *)c->output + element, values, (size_t)left * 4);
        return;
    }
    int32x4_t value = requantize4(c, sums, channel);
    uint32_t four = vget_lane_u32(vreinterpret_u32_u8(bytes_of(value, value)), 0);
    if (left == OUTPUTS)
        memcpy(c->output + element, &four, 4);
    else
        for (int i = 0; i < left; i++, four >>= 8)
            c->output[element + i] = (uint8_t)four;
}

/* The sums of each of four vectors. */
INLINE int32x4_t across(int32x4_t a, int32x4_t b, int32x4_t d, int32x4_t e)
{
#if defined(__aarch64__)
    return vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(d, e));
#else
    int32x2_t low = vpadd_s32(vadd_s32(vget_low_s32(a), vget_high_s32(a)), vadd_s32(vget_low_s32(b), vget_high_s32(b)));
    int32x2_t high = vpadd_s32(vadd_s32(vget_low_s32(d), vget_high_s32(d)), vadd_s32(vget_low_s32(e), vget_high_s32(e)));
    return vcombine_s32(low, high);
#endif
}

/* Sixteen products each, added to the four parts of the sums of COUNT positions; in an order without waiting. */
INLINE void multiply(int32x4_t *sum, const int8x16_t *x, int8x16_t w, const int WIDE, const int COUNT)
{
    int16x8_t product[PIXELS];
#pragma GCC unroll 4
    for (int p = 0; p < COUNT; p++)
        product[p] = vmull_s8(vget_low_s8(x[p]), vget_low_s8(w));
    if (WIDE) {
#pragma GCC unroll 4
        for (int p = 0; p < COUNT; p++)
            sum[p] = vpadalq_s16(sum[p], product[p]);
#pragma GCC unroll 4
        for (int p = 0; p < COUNT; p++)
            product[p] = vmull_s8(vget_high_s8(x[p]), vget_high_s8(w));
    } else {
#pragma GCC unroll 4
        for (int p = 0; p < COUNT; p++)
#if defined(__aarch64__)
            product[p] = vmlal_high_s8(product[p], x[p], w);
#else
            product[p] = vmlal_s8(product[p], vget_high_s8(x[p]), vget_high_s8(w));
#endif
    }
#pragma GCC unroll 4
    for (int p = 0; p < COUNT; p++)
        sum[p] = vpadalq_s16(sum[p], product[p]);
}

/* COUNT positions × four channels. */
INLINE void tile(const call *c, const int WIDE, const int COUNT, cursor at, const int8_t *w, int channel)
{
    const int8_t *pixel[PIXELS];
    const long element = (long)at.position * c->output_stride + channel;
    for (int p = 0; p < COUNT; p++) {
        pixel[p] = (const int8_t *)c->input + (long)at.y * c->row_step + (long)at.x * c->pixel_step;
        advance(c, 0, &at, 1);
    }
    int32x4_t sum[OUTPUTS][PIXELS];
#pragma GCC unroll 4
    for (int p = 0; p < COUNT; p++)
#pragma GCC unroll 4
        for (int o = 0; o < OUTPUTS; o++)
            sum[o][p] = vdupq_n_s32(0);
    for (int run = 0; run < c->offset_count; run++) {
        const int8_t *from[PIXELS];
#pragma GCC unroll 4
        for (int p = 0; p < COUNT; p++)
            from[p] = pixel[p] + c->offsets[2 * run];
        for (int left = c->offsets[2 * run + 1]; left > 0; left--, w += OUTPUTS * INPUTS) {
            int8x16_t x[PIXELS];
#pragma GCC unroll 4
            for (int p = 0; p < COUNT; p++, from[p - 1] += INPUTS)
                x[p] = vld1q_s8(from[p]);
#pragma GCC unroll 4
            for (int o = 0; o < OUTPUTS; o++)
                multiply(sum[o], x, vld1q_s8(w + o * INPUTS), WIDE, COUNT);
        }
    }
    const int32x4_t bias = vld1q_s32(c->bias + channel);
#pragma GCC unroll 4
    for (int p = 0; p < COUNT; p++)
        store4(c, vaddq_s32(bias, across(sum[0][p], sum[1][p], sum[2][p], sum[3][p])), channel,
            element + (long)p * c->output_stride);
}

INLINE void convolution(const call *c, const int WIDE)
{
    /* Positions whose inputs stay in the near cache while all channels pass over them. */
    const int positions = c->height * c->width;
    int panel = PANEL_BYTES / c->pixel_step / PIXELS * PIXELS;
    panel = panel < PIXELS ? PIXELS : panel;
    cursor at = {0, 0, 0};
    for (; at.position < positions; advance(c, 0, &at, panel)) {
        const int end = positions - at.position < panel ? positions : at.position + panel;
        const int8_t *w = c->weights;
        for (int channel = 0; channel < c->channels; channel += OUTPUTS, w += (long)c->groups * OUTPUTS * INPUTS) {
            cursor to = at;
            for (; end - to.position >= PIXELS; advance(c, 0, &to, PIXELS))
                tile(c, WIDE, PIXELS, to, w, channel);
            for (; end > to.position; advance(c, 0, &to, 1))
                tile(c, WIDE, 1, to, w, channel);
        }
    }
}

/* Weights: [block of four outputs][sixteen inputs][output][input]. */
void fpgaedge_convolution(const call *given)
{
    const call c = *given;
    if (c.wide)
        convolution(&c, 1);
    else
        convolution(&c, 0);
}

INLINE int8x16_t activations(const uint8_t *from, const int FULL, int left, uint8x16_t flip)
{
    if (FULL)
        return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from), flip));
    uint8_t bytes[INPUTS] = {0}; /* the last channels of a tensor: nothing may be read past its end */
    memcpy(bytes, from, (size_t)left);
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(bytes), flip));
}

INLINE void add16(int32x4_t *sum, int16x8_t low, int16x8_t high)
{
    sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
    sum[1] = vaddw_s16(sum[1], vget_high_s16(low));
    sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
    sum[3] = vaddw_s16(sum[3], vget_high_s16(high));
}

/* Up to sixteen channels of one pixel; all of them where FULL. */
INLINE void chunk(const call *c, const int WIDE, const int FULL, const uint8_t *const *taps, long from, int channel,
    uint8_t *out)
{
    const int left = c->channels - channel;
    const uint8x16_t flip = vdupq_n_u8((uint8_t)c->flip);
    const int8_t *w = c->weights + (long)channel * c->groups;
    int32x4_t sum[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
        sum[k] = vld1q_s32(c->bias + channel + 4 * k);
    int t = 0;
    for (; t + 1 < c->groups; t += 2, w += 2 * INPUTS) {
        const int8x16_t x0 = activations(taps[t] + from + channel, FULL, left, flip), w0 = vld1q_s8(w);
        const int8x16_t x1 = activations(taps[t + 1] + from + channel, FULL, left, flip), w1 = vld1q_s8(w + INPUTS);
        int16x8_t low = vmull_s8(vget_low_s8(x0), vget_low_s8(w0));
        int16x8_t high = vmull_s8(vget_high_s8(x0), vget_high_s8(w0));
        if (WIDE) {
            add16(sum, low, high);
            low = vmull_s8(vget_low_s8(x1), vget_low_s8(w1));
            high = vmull_s8(vget_high_s8(x1), vget_high_s8(w1));
        } else {
            low = vmlal_s8(low, vget_low_s8(x1), vget_low_s8(w1));
            high = vmlal_s8(high, vget_high_s8(x1), vget_high_s8(w1));
        }
        add16(sum, low, high);
    }
    if (t < c->groups) {
        const int8x16_t x = activations(taps[t] + from + channel, FULL, left, flip), weight = vld1q_s8(w);
        add16(sum, vmull_s8(vget_low_s8(x), vget_low_s8(weight)), vmull_s8(vget_high_s8(x), vget_high_s8(weight)));
    }
    uint8x16_t bytes = vcombine_u8(
        bytes_of(requantize4(c, sum[0], channel), requantize4(c, sum[1], channel + 4)),
        bytes_of(requantize4(c, sum[2], channel + 8), requantize4(c, sum[3], channel + 12)));
    if (FULL) {
        vst1q_u8(out + channel, bytes);
    } else {
        uint8_t all[INPUTS];
        vst1q_u8(all, bytes);
        memcpy(out + channel, all, (size_t)left);
    }
}

INLINE void depthwise(const call *c, const int WIDE)
{
    const uint8_t *taps[MAXIMUM_TAPS];
    const long pixel = c->output_stride;
    int first, end;
    inside(c, &first, &end);
    for (int y = 0; y < c->height; y++) {
        uint8_t *out = c->output + (long)y * c->width * pixel;
        for (int x = 0; x < c->width;) {
            const int pixels = x >= first && x < end ? end - x : 1;
            place(c, y, x, taps);
            for (int i = 0; i < pixels; i++, out += pixel) {
                const long from = (long)i * c->stride_width * pixel;
                int channel = 0;
                for (; channel + INPUTS <= c->channels; channel += INPUTS)
                    chunk(c, WIDE, 1, taps, from, channel, out);
                if (channel < c->channels)
                    chunk(c, WIDE, 0, taps, from, channel, out);
            }
            x += pixels;
        }
    }
}

/* Weights: [block of sixteen channels][tap][channel]. */
void fpgaedge_depthwise(const call *given)
{
    const call c = *given;
    if (c.wide)
        depthwise(&c, 1);
    else
        depthwise(&c, 0);
}
