using System.Security.Cryptography;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>A file that the package brings: found beside the application, and known by its SHA-256.</summary>
internal sealed class DeployedFile
{
    private const string Folder = "SsMfar.Pretrained";

    // The package's own folder, and that of the weights in it.
    private const string Packed = "weights";

    private readonly string _name;
    private readonly string _sha256;
    private readonly IReadOnlyList<string> _folders;
    private readonly Lazy<string> _path;

    /// <summary>Names a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sha256">Its SHA-256, in lower case.</param>
    /// <param name="folders">The folders to look in, in this order.</param>
    internal DeployedFile(string name, string sha256, IReadOnlyList<string> folders)
    {
        (_name, _sha256, _folders) = (name, sha256, folders);

        // A file that was not there, or was another one, may be put right while the process runs.
        _path = new(FindVerified, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Gets ImageNet's ResNet-18.</summary>
    public static DeployedFile ResNet18 { get; } = new(
        "imagenet-resnet18.onnx",
        "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f",
        Folders(AppContext.BaseDirectory, Path.GetDirectoryName(Environment.ProcessPath), Path.GetDirectoryName(AssemblyPath)));

    /// <summary>Gets the file's path. Its content was compared, once.</summary>
    /// <exception cref="ModelFileException">It is in none of the folders, is another file, or cannot be read.</exception>
    public string VerifiedPath => _path.Value;

    // Empty where the assembly is part of a single file.
    private static string AssemblyPath => typeof(DeployedFile).Assembly.Location;

    /// <summary>
    /// Where a file of the package may lie: in a folder of its own beside the application, the program's executable or the assembly; or,
    /// where the assembly was loaded out of the package, as scripts do, in the package.
    /// </summary>
    internal static IReadOnlyList<string> Folders(string application, string? executable, string? assembly)
    {
        string?[] beside = [application, executable, string.IsNullOrEmpty(assembly) ? null : assembly];
        List<string> folders = [.. beside.OfType<string>().Select(folder => Path.Combine(folder, Folder))];
        if (!string.IsNullOrEmpty(assembly))
        {
            // The package has lib/net10.0/SsMfar.Pretrained.dll and weights.
            folders.Add(Path.Combine(assembly, "..", "..", Packed));
        }

        return [.. folders.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
    }

    private string FindVerified()
    {
        string path = _folders.Select(folder => Path.Combine(folder, _name)).FirstOrDefault(File.Exists)
            ?? throw new ModelFileException(
                Path.Combine(_folders[0], _name),
                null,
                $"there is no such file, nor in {string.Join(", ", _folders.Skip(1))}",
                $"Reference the package {Folder} in the application's project, and keep the folder {Folder} of its output beside it");
        string actual = HashOf(path);
        return actual == _sha256
            ? path
            : throw new ModelFileException(
                path,
                null,
                $"it is not the file that the package {Folder} brings: its SHA-256 is {actual}, not {_sha256}",
                "Build or publish the application again, or put the package's file in its place");
    }

    private static string HashOf(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(
                path, null, $"it cannot be read: {e.Message.TrimEnd('.')}", "Check its permissions, and that no other program holds it", e);
        }
    }
}
