using System.Globalization;

namespace SsMfar.Campaigns.Shell;

/// <summary>A copy of this program and of the console, for assemblies of it to be changed.</summary>
internal sealed class ProgramCopy
{
    private readonly string _folder;

    /// <summary>Makes it.</summary>
    /// <param name="folder">Where; it goes with the folder.</param>
    /// <exception cref="InvalidOperationException">There is no room for it.</exception>
    public ProgramCopy(TemporaryFolder folder)
    {
        _folder = folder["program"];

        // Links where that can be: libtorch has hundreds of megabytes.
        string source = AppContext.BaseDirectory;
        if (Programs.Run("cp", ["-al", source + "/.", _folder]).ExitCode != 0
            && Programs.Run("cp", ["-a", source + "/.", _folder]) is { ExitCode: not 0 } failed)
        {
            throw new InvalidOperationException($"The program could not be copied to {folder.Path}: {failed.Line}");
        }
    }

    /// <summary>Gets this program in the copy.</summary>
    public string Own => At(Path.GetFileName(typeof(ProgramCopy).Assembly.Location));

    /// <summary>Changes an assembly of the copy.</summary>
    /// <param name="name">Its name, without an ending.</param>
    /// <param name="change">Is given the file, which is linked to no other.</param>
    public void Change(string name, Action<string> change)
    {
        string copy = At($"{name}.dll"), aside = At(string.Create(CultureInfo.InvariantCulture, $"{name}.aside"));
        File.Copy(copy, aside);
        File.Move(aside, copy, overwrite: true);
        change(copy);
    }

    /// <summary>The command line of the copied console, after <see cref="Programs.Dotnet"/>.</summary>
    public string[] ConsoleArguments(params IEnumerable<string> arguments) =>
    [
        "exec", "--depsfile", Path.ChangeExtension(Own, ".deps.json"), "--runtimeconfig", Path.ChangeExtension(Own, ".runtimeconfig.json"),
        At("ssmfar.dll"), .. arguments,
    ];

    private string At(string name) => Path.Combine(_folder, name);
}
