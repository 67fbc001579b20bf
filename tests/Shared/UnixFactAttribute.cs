using System.Runtime.InteropServices;

namespace SsMfar.Tests;

/// <summary>A test of files and devices as Unix has them: reported as not run on Windows.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such files." : null;
}

/// <summary>A test of several cases as <see cref="UnixFactAttribute"/>.</summary>
internal sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute() => Skip = new UnixFactAttribute().Skip;
}

/// <summary>A test of several cases as <see cref="LinuxFactAttribute"/>.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = new LinuxFactAttribute().Skip;
}

/// <summary>A test of what 64-bit Linux on x86 alone has, such as its libraries and devices: reported as not run elsewhere.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
        ? null
        : "Only Linux on x86-64 has such files and libraries.";
}
