/* What the processor can do. */
#pragma once

int has_avx2(void);
