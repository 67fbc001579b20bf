using System.Reflection;
using System.Runtime.CompilerServices;
using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests;

/// <summary>Loads libtorch before anything uses it.</summary>
internal static class DeviceSetup
{
    /// <summary>1 where another libtorch than TorchSharp's was seen to compile the script of the fused kernels.</summary>
    public const string ScriptsVariable = "SSMFAR_KIT_SCRIPTS";

    [ModuleInitializer]
    public static void InitializeUnderTestHosts()
    {
        // As a program it says itself what went wrong.
        if (Assembly.GetEntryAssembly() != typeof(DeviceSetup).Assembly)
        {
            Initialize();
        }
    }

    /// <exception cref="TorchRuntimeException">libtorch could not be loaded.</exception>
    public static void Initialize()
    {
        TorchRuntime.Initialize();
        TensorListKernels.ScriptsWereTried = Environment.GetEnvironmentVariable(ScriptsVariable) == "1";

        // Test classes run beside each other: one thread each, or their threads wait for one another.
        torch.set_num_threads(1);
    }
}
