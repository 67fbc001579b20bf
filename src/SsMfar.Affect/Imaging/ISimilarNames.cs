namespace SsMfar.Imaging;

/// <summary>A source that knows of images which look the same by name.</summary>
internal interface ISimilarNames
{
    /// <summary>The image whose name differs from one that is missing in its Unicode form alone; null where there is none.</summary>
    string? Similar(string name);
}
