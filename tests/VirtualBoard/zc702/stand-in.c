/* Stands in for fpgaedged on the emulated ZC702, where no native ARM build can be had: it says so, and stays. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("stand-in for fpgaedged: started\n");
    fflush(stdout);
    for (;;)
        sleep(1000);
}
