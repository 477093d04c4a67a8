/* What clang makes of the same products: mca.py compares the kernels' inner loops with these. */
#include <arm_neon.h>
#include <stdint.h>

/* As anyone would write it; the compiler vectorises. */
int32_t plain_dot(const int8_t *restrict x, const int8_t *restrict w, int n)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] * w[i];
    return sum;
}

/* With intrinsics: sixteen products in two multiplications, added in pairs. */
int32_t neon_dot(const int8_t *restrict x, const int8_t *restrict w, int n)
{
    int32x4_t sum = vdupq_n_s32(0);
    for (int i = 0; i < n; i += 16) {
        int8x16_t a = vld1q_s8(x + i), b = vld1q_s8(w + i);
        int16x8_t product = vmull_s8(vget_low_s8(a), vget_low_s8(b));
        product = vmlal_s8(product, vget_high_s8(a), vget_high_s8(b));
        sum = vpadalq_s16(sum, product);
    }
    int32_t parts[4];
    vst1q_s32(parts, sum);
    return parts[0] + parts[1] + parts[2] + parts[3];
}

/* One tap of a depth-wise layer over all channels. */
void plain_tap(const int8_t *restrict x, const int8_t *restrict w, int32_t *restrict sum, int n)
{
    for (int i = 0; i < n; i++)
        sum[i] += x[i] * w[i];
}
