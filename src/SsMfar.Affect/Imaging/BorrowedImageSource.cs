namespace SsMfar.Imaging;

/// <summary>Someone else's source, which stays open when this one is disposed.</summary>
internal sealed class BorrowedImageSource(IImageSource source) : IImageSource, ISimilarNames
{
    public Stream Open(string name) => source.Open(name);

    public bool Exists(string name) => source.Exists(name);

    public ImageStamp? GetStamp(string name) => source.GetStamp(name);

    public string Describe(string name) => source.Describe(name);

    public void Dispose()
    {
    }

    string? ISimilarNames.Similar(string name) => (source as ISimilarNames)?.Similar(name);
}
