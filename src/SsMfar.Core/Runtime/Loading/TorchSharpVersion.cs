using System.Reflection;
using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>What error messages say of TorchSharp.</summary>
internal static class TorchSharpVersion
{
    public static string Managed =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    /// <summary>The version of libtorch TorchSharp was compiled against, read without running TorchSharp's initialisers.</summary>
    public static string LibTorch =>
        typeof(torch).GetField("libtorchPackageVersion", BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() as string ??
        "of its time";
}
