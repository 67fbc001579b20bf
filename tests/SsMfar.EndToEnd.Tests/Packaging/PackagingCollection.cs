namespace SsMfar.Tests.Packaging;

/// <summary>Tests that share the packed libraries.</summary>
[CollectionDefinition(Name)]
public sealed class PackagingCollection : ICollectionFixture<PackedLibraries>
{
    public const string Name = "Packages";
}
