using System.ComponentModel;
using System.Globalization;

namespace SsMfar.Metadata;

/// <summary>Lets configuration bind the name of a built-in template to a <see cref="FaceTemplate"/>.</summary>
internal sealed class FaceTemplateConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string name ? FaceTemplate.Named(name) : base.ConvertFrom(context, culture, value);
}
