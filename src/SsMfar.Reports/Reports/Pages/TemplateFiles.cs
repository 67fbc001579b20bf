using System.Reflection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace SsMfar.Reports.Pages;

/// <summary>The templates among the resources of assemblies, the first that has one by its name.</summary>
internal sealed class TemplateFiles(params Assembly[] assemblies) : IFileProvider
{
    public IFileInfo GetFileInfo(string subpath) => new Resource(
        assemblies.FirstOrDefault(assembly => assembly.GetManifestResourceInfo(subpath) is not null), subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private sealed class Resource(Assembly? assembly, string name) : IFileInfo
    {
        public bool Exists => assembly is not null;

        public long Length
        {
            get
            {
                using Stream stream = CreateReadStream();
                return stream.Length;
            }
        }

        public string? PhysicalPath => null;

        public string Name => name;

        public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch;

        public bool IsDirectory => false;

        public Stream CreateReadStream() =>
            assembly?.GetManifestResourceStream(name) ?? throw new FileNotFoundException($"There is no template '{name}'.");
    }
}
