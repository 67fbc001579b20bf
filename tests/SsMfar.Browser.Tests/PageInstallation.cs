namespace SsMfar.Tests.Browser;

/// <summary>What npm installs, once for all tests and where one needs it.</summary>
public sealed class PageInstallation : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task<string>> _sample;

    public PageInstallation() => _sample = new(() => BrowserPage.InstallAsync(_folder));

    internal Task<string> SampleAsync() => _sample.Value;

    public void Dispose() => _folder.Dispose();
}

/// <summary>Tests that share an installation, one after the other: each has a browser of its own.</summary>
[CollectionDefinition(Name)]
public sealed class PageTests : ICollectionFixture<PageInstallation>
{
    public const string Name = "page";
}
