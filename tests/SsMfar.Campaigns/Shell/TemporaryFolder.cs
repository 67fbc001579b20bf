namespace SsMfar.Campaigns.Shell;

/// <summary>A folder that is gone when it is disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    /// <summary>Makes it.</summary>
    /// <param name="inMemory">Whether it lies in memory, where the system has a place for that.</param>
    public TemporaryFolder(bool inMemory = false)
    {
        string root = inMemory && Directory.Exists(Memory) ? Memory : System.IO.Path.GetTempPath();
        Path = Directory.CreateDirectory(System.IO.Path.Combine(root, $"ssmfar-campaign-{Guid.NewGuid():N}")).FullName;
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
