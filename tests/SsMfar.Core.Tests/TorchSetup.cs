using System.Runtime.CompilerServices;
using SsMfar.Runtime;

namespace SsMfar.Tests;

internal static class TorchSetup
{
    [ModuleInitializer]
    internal static void Initialize() => TorchRuntime.Initialize();
}
