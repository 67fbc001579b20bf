using System.Runtime.CompilerServices;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests;

internal static class TorchSetup
{
    [ModuleInitializer]
    public static void Initialize()
    {
        TorchRuntime.Initialize();

        // Test classes and the processes they start run beside each other: one thread each, or their threads wait for one another.
        torch.set_num_threads(1);
        Environment.SetEnvironmentVariable("OMP_NUM_THREADS", "1");
    }
}
