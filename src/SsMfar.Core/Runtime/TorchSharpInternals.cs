using System.Reflection;
using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>The little that must be known of, or set in, TorchSharp itself.</summary>
internal static class TorchSharpInternals
{
    internal static string Version =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    internal static string LibTorchVersion => torch.__version__;

    /// <summary>
    /// Tells TorchSharp that its natives are loaded. Its own look-up would otherwise load, beside the libtorch the user named, the one that
    /// the application ships, and two of them in one process end it.
    /// </summary>
    internal static void MarkBackendLoaded()
    {
        foreach (var name in (ReadOnlySpan<string>)["nativeBackendLoaded", "nativeBackendCudaLoaded"])
        {
            var field = typeof(torch).GetField(name, BindingFlags.NonPublic | BindingFlags.Static);
            if (field?.FieldType != typeof(bool))
            {
                throw new TorchRuntimeException(
                    $"TorchSharp {Version} cannot be told to use another libtorch than the one this application ships. " +
                    "Remove the libtorch package from the application, or use the version of TorchSharp that SsMfar was built with.");
            }

            field.SetValue(null, true);
        }
    }
}
