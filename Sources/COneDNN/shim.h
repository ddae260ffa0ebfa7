#pragma once
#include <dnnl.h>
#include <dnnl_version.h>
#if DNNL_VERSION_MAJOR != 2
#error "this is not oneDNN 2: build with PARABLE_PLAIN_MATMUL=1"
#endif
#include <dnnl_debug.h>
