/* SPDX-License-Identifier: BSD-2-Clause */
/* A program with a whole room of the source in it: that it can be linked is the test. */
int main(void)
{
	return 0;
}
