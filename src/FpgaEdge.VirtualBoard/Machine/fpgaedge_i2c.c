// SPDX-License-Identifier: GPL-2.0
/*
 * I2C adapter of a virtual board. A controller in the guest's memory, one page: the messages of a transfer are written
 * there, then its go register; the hardware model answers before the next instruction, or never, as a bus that is stuck
 * would. Parameter phys: address of the page. Offsets in bytes:
 *   0x00 go (write 1)    0x04 status (0 running, 1 done)    0x08 result: messages done, or a negative error number
 *   0x0c number of messages    0x10 the guest's monotonic clock in nanoseconds, 8 bytes: the sensors' time
 *   0x40 + i * 0x110: address u16, flags u16, length u32, 264 bytes of data
 */
#include <linux/delay.h>
#include <linux/i2c.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/ktime.h>
#include <linux/module.h>

#define GO 0x00
#define STATUS 0x04
#define RESULT 0x08
#define COUNT 0x0c
#define TIME 0x10
#define MESSAGES 0x40
#define MESSAGE_BYTES 0x110
#define DATA_BYTES 264
#define MAX_MESSAGES 8
#define TIMEOUT_MS 100

static unsigned long phys;
module_param(phys, ulong, 0444);
MODULE_PARM_DESC(phys, "physical address of the controller's page");

static u8 __iomem *page;

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	ktime_t limit;
	int i;

	if (count > MAX_MESSAGES)
		return -EOPNOTSUPP;
	for (i = 0; i < count; i++) {
		u8 __iomem *at = page + MESSAGES + i * MESSAGE_BYTES;

		if (messages[i].len > DATA_BYTES)
			return -EOPNOTSUPP;
		writew(messages[i].addr, at);
		writew(messages[i].flags, at + 2);
		writel(messages[i].len, at + 4);
		if (!(messages[i].flags & I2C_M_RD))
			memcpy_toio(at + 8, messages[i].buf, messages[i].len);
	}
	writel(count, page + COUNT);
	writeq(ktime_get_ns(), page + TIME);
	writel(0, page + STATUS);
	writel(1, page + GO);
	limit = ktime_add_ms(ktime_get(), TIMEOUT_MS);
	while (readl(page + STATUS) != 1) {
		if (ktime_after(ktime_get(), limit))
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	for (i = 0; i < count; i++)
		if (messages[i].flags & I2C_M_RD)
			memcpy_fromio(messages[i].buf, page + MESSAGES + i * MESSAGE_BYTES + 8, messages[i].len);
	return (int)readl(page + RESULT);
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = { .master_xfer = transfer, .functionality = functionality };
static struct i2c_adapter adapter = { .owner = THIS_MODULE, .algo = &algorithm, .name = "fpgaedge virtual board" };

static int __init start(void)
{
	page = ioremap(phys, 0x1000);
	if (!page)
		return -ENOMEM;
	return i2c_add_adapter(&adapter);
}

static void __exit stop(void)
{
	i2c_del_adapter(&adapter);
	iounmap(page);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("I2C adapter of an FpgaEdge virtual board");
MODULE_LICENSE("GPL");
